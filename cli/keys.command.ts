import type { Role } from '../model/access/principal.js';
import { DateTimeError, parseDateTime } from '../model/schedule/date-time.js';
import { parsePeriod, PeriodError, periodToMs } from '../model/schedule/period.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { serverOf, type Server, type ServerOptions } from './server.js';
import { printTable } from './table.js';
import { readText, type Terminal } from './terminal.js';

interface JsonOption extends ServerOptions {
  readonly json?: true;
}

export interface CreateKeyOptions extends JsonOption {
  readonly role?: Role;
  readonly policy?: readonly string[];
  readonly workerGroup?: readonly string[];
  readonly expires?: string;
  readonly temporary?: true;
  readonly token?: true;
}

export interface ListKeysOptions extends JsonOption {
  readonly all?: true;
}

export interface RotateKeyOptions extends JsonOption {
  readonly grace?: string;
}

/** A key as the server shows it; members that are not named here are passed on by `--json`. */
interface Key {
  readonly id: string;
  readonly kind: 'access-key' | 'api-token';
  readonly name: string;
  readonly role?: string;
  readonly policies: readonly unknown[];
  readonly workerGroups?: readonly string[];
  readonly temporary: boolean;
  readonly state: 'valid' | 'expired' | 'revoked';
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly revokedBy?: string;
  readonly replacedBy?: string;
  readonly lastUsedAt?: string;
}

interface MadeKey extends Key {
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly token?: string;
  readonly notes: readonly string[];
}

/** `penstock keys create`: makes a key and writes its secret, this once. */
export async function createKey(
  terminal: Terminal,
  name: string,
  options: CreateKeyOptions,
  now = new Date(),
): Promise<Exit> {
  const { role, policy = [], workerGroup, expires, temporary, token } = options;
  const policies = await Promise.all(policy.map((path) => readPolicyFile(terminal, path)));
  const server = await serverOf(terminal, options);
  const made = (await server.post('/v1/keys', {
    name,
    kind: token ? 'api-token' : 'access-key',
    ...(role === undefined ? {} : { role }),
    ...(policies.length === 0 ? {} : { policies }),
    ...(workerGroup === undefined ? {} : { workerGroups: workerGroup }),
    ...(expires === undefined ? {} : { expiresAt: endOf('--expires', expires, now).toISOString() }),
    ...(temporary ? { temporary } : {}),
  })) as MadeKey;
  return writeMade(terminal, made, options);
}

/** `penstock keys list`: the keys that are valid, or all. */
export async function listKeys(terminal: Terminal, options: ListKeysOptions): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const keys = (await allKeys(server)).filter(({ state }) => options.all || state === 'valid');
  if (options.json) await terminal.out(`${JSON.stringify({ keys }, undefined, 2)}\n`);
  else if (keys.length === 0)
    terminal.err(`${server.url} has no keys but the profiles of its credentials file\n`);
  else {
    const rows = keys.map((key) => [
      key.id,
      key.name,
      rightsOf(key),
      key.state,
      time(key.expiresAt),
      time(key.lastUsedAt),
    ]);
    await terminal.out(printTable(['id', 'name', 'may', 'state', 'ends', 'last used'], rows));
  }
  return EXIT.ok;
}

/** `penstock keys show`: everything of a key but its secret. */
export async function showKey(terminal: Terminal, idOrName: string, options: JsonOption): Promise<Exit> {
  const server = await serverOf(terminal, options);
  await write(terminal, await newestOf(server, idOrName), options);
  return EXIT.ok;
}

/** `penstock keys rotate`: a new secret, while the old one is valid for a time of grace. */
export async function rotateKey(
  terminal: Terminal,
  idOrName: string,
  options: RotateKeyOptions,
): Promise<Exit> {
  const graceSeconds = Math.round(durationMs('--grace', options.grace ?? '1 day') / 1000);
  const server = await serverOf(terminal, options);
  const { id } = await newestOf(server, idOrName);
  const made = (await server.post(`/v1/keys/${id}/rotate`, { graceSeconds })) as MadeKey;
  if (!options.json) {
    terminal.err(
      graceSeconds === 0
        ? `${id} is not valid any more\n`
        : `${id} is valid until ${time(new Date(Date.parse(made.createdAt) + graceSeconds * 1000).toISOString())}, or its own end\n`,
    );
  }
  return writeMade(terminal, made, options);
}

/** `penstock keys revoke`: refuses a key from now on; by name, all keys of that name. */
export async function revokeKey(terminal: Terminal, idOrName: string, options: JsonOption): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const found = await keysOf(server, idOrName);
  const valid = found.filter(({ state }) => state === 'valid');
  const revoked: Key[] = [];
  for (const { id } of valid) revoked.push((await server.post(`/v1/keys/${id}/revoke`, {})) as Key);
  if (options.json) await terminal.out(`${JSON.stringify({ keys: revoked }, undefined, 2)}\n`);
  else if (revoked.length === 0) terminal.err(`"${idOrName}" is not valid any more: nothing is revoked\n`);
  else await terminal.out(revoked.map(({ id, name }) => `${id}  ${name}  revoked\n`).join(''));
  return EXIT.ok;
}

/** Ready to be appended to an AWS credentials file; an API token alone. */
async function writeMade(terminal: Terminal, made: MadeKey, { json }: JsonOption): Promise<Exit> {
  for (const note of made.notes) terminal.err(`note: ${note}\n`);
  if (json) {
    await terminal.out(`${JSON.stringify(made, undefined, 2)}\n`);
  } else if (made.token !== undefined) {
    terminal.err(`${made.id} of ${made.name}: ${rightsOf(made)}. The token is shown this once.\n`);
    await terminal.out(`${made.token}\n`);
  } else {
    terminal.err(`${made.id} of ${made.name}: ${rightsOf(made)}. The secret is shown this once.\n`);
    const lines = [
      `[${made.name}]`,
      `aws_access_key_id = ${made.id}`,
      `aws_secret_access_key = ${made.secretAccessKey ?? ''}`,
      ...(made.sessionToken === undefined ? [] : [`aws_session_token = ${made.sessionToken}`]),
    ];
    await terminal.out(`${lines.join('\n')}\n`);
  }
  return EXIT.ok;
}

async function write(terminal: Terminal, key: Key, { json }: JsonOption): Promise<void> {
  if (json) return terminal.out(`${JSON.stringify(key, undefined, 2)}\n`);
  const lines = [
    `${key.id}  ${key.name}  ${key.state}`,
    `  ${key.kind === 'api-token' ? 'API token' : key.temporary ? 'temporary access key' : 'access key'}: ${rightsOf(key)}`,
    `  made ${time(key.createdAt)} by ${key.createdBy}`,
    ...(key.expiresAt === undefined ? [] : [`  ends ${time(key.expiresAt)}`]),
    ...(key.revokedAt === undefined ? [] : [`  revoked ${time(key.revokedAt)} by ${key.revokedBy ?? '-'}`]),
    ...(key.replacedBy === undefined ? [] : [`  rotated to ${key.replacedBy}`]),
    `  last used ${time(key.lastUsedAt)}`,
    ...key.policies.map((policy) => `  policy ${JSON.stringify(policy)}`),
  ];
  return terminal.out(`${lines.join('\n')}\n`);
}

/** The keys of this id, or of this name, newest first. @throws CliError when there is none */
async function keysOf(server: Server, idOrName: string): Promise<readonly Key[]> {
  const keys = await allKeys(server);
  const found = keys.filter(({ id, name }) => id === idOrName || name === idOrName);
  if (found.length > 0) return found;
  throw new CliError(
    `there is no key "${idOrName}": expected the id or the name of one, as "penstock keys list --all" shows them`,
  );
}

/** The one of this id; by name, the newest that is valid, else the newest. */
async function newestOf(server: Server, idOrName: string): Promise<Key> {
  const [first, ...rest] = await keysOf(server, idOrName);
  if (first === undefined) throw new Error('There is no key');
  return [first, ...rest].find(({ state }) => state === 'valid') ?? first;
}

async function allKeys(server: Server): Promise<Key[]> {
  const keys: Key[] = [];
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '1000', ...(after === undefined ? {} : { after }) });
    const page = (await server.get(`/v1/keys?${query.toString()}`)) as {
      readonly keys: readonly Key[];
      readonly next?: string;
    };
    keys.push(...page.keys);
    after = page.next;
  } while (after !== undefined);
  return keys;
}

function rightsOf({ role, policies, workerGroups }: Key): string {
  if (workerGroups !== undefined) return `serve ${workerGroups.join(', ')}`;
  const count = policies.length === 1 ? '1 policy' : `${policies.length} policies`;
  return [...(role === undefined ? [] : [role]), ...(policies.length === 0 ? [] : [count])].join(', ');
}

async function readPolicyFile(terminal: Terminal, path: string): Promise<object> {
  const text = await readText(terminal, path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(`--policy "${path}" is not JSON: ${error.message}`, { cause: error });
  }
  throw new CliError(`--policy "${path}" is no policy: expected a JSON object with "Statement"`);
}

/** A time, or how long from now. */
function endOf(option: string, text: string, now: Date): Date {
  if (!/^\d{4}-/.test(text)) return new Date(now.getTime() + durationMs(option, text));
  try {
    return parseDateTime(/T/.test(text) ? text.replace(/Z$/, '') : `${text}T00:00:00`);
  } catch (error) {
    if (!(error instanceof DateTimeError)) throw error;
    throw new CliError(`${option} "${text}": expected a time such as 2030-01-01T00:00:00, UTC, or "90 days"`);
  }
}

function durationMs(option: string, text: string): number {
  if (text === '0') return 0;
  try {
    return periodToMs(parsePeriod(text));
  } catch (error) {
    if (!(error instanceof PeriodError)) throw error;
    throw new CliError(`${option} "${text}": expected such as "12 hours" or "30 days"`, { cause: error });
  }
}

function time(instant: string | undefined): string {
  return instant === undefined ? '-' : instant.slice(0, 19);
}
