import { createHash } from 'node:crypto';
import { parseHead, printHead, type AuditHead } from '../model/audit/audit-chain.js';
import type { AuditOutcome, AuditRecord } from '../model/audit/audit-record.js';
import { AuditVerifier } from '../model/audit/audit-verifier.js';
import { cloudTrailOf } from '../model/audit/cloud-trail.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { Refusal, serverOf, type Server, type ServerOptions } from './server.js';
import { printTable } from './table.js';
import { chunksOf, type Terminal } from './terminal.js';

/** Forms of an export. */
export const AUDIT_FORMATS = ['jsonl', 'cloudtrail'] as const;

export interface AuditListOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly pipeline?: string;
  readonly outcome?: AuditOutcome;
  readonly limit?: string;
  readonly after?: string;
  readonly json?: true;
}

export interface AuditExportOptions extends ServerOptions {
  readonly format?: (typeof AUDIT_FORMATS)[number];
  readonly after?: string;
  readonly region?: string;
}

export interface AuditVerifyOptions extends ServerOptions {
  readonly checkpoint?: string;
  readonly after?: string;
}

interface RecordPage {
  readonly records: readonly AuditRecord[];
  readonly next?: string;
}

/** Records of one page, at most. */
const LONGEST_PAGE = 1000;
/** Records that are in memory at once; an export has no limit. */
const MOST_LISTED = 100_000;

/** `penstock audit list`: who did what, newest first. */
export async function listAudit(terminal: Terminal, options: AuditListOptions): Promise<Exit> {
  const { from, to, actor, action, outcome, pipeline: pipelineId, after, limit = '50' } = options;
  const wanted = /^\d{1,6}$/.test(limit) ? Number(limit) : 0;
  if (wanted < 1 || wanted > MOST_LISTED)
    throw new CliError(`--limit "${limit}": expected a whole number from 1 to ${MOST_LISTED}`);
  const filters = new URLSearchParams();
  for (const [name, value] of Object.entries({ from, to, actor, action, outcome, pipelineId })) {
    if (value !== undefined) filters.set(name, value);
  }
  const server = await serverOf(terminal, options);
  const answer = await recordsOf(server, filters, wanted, after);
  if (options.json) await terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`);
  else if (answer.records.length === 0) terminal.err(`${server.url} has no such audit records\n`);
  else
    await terminal.out(
      printTable(['record', 'at', 'who', 'what', 'on', 'outcome'], answer.records.map(rowOf)),
    );
  return EXIT.ok;
}

/** As many records as are wanted and there, page by page. */
async function recordsOf(
  server: Server,
  filters: URLSearchParams,
  wanted: number,
  first: string | undefined,
): Promise<RecordPage> {
  const records: AuditRecord[] = [];
  let next = first;
  do {
    const query = new URLSearchParams(filters);
    query.set('limit', String(Math.min(wanted - records.length, LONGEST_PAGE)));
    if (next !== undefined) query.set('after', next);
    const page = (await ofServer(server.get(`/v1/audit?${query.toString()}`))) as RecordPage;
    records.push(...page.records);
    next = page.next;
  } while (next !== undefined && records.length < wanted);
  return { records, ...(next === undefined ? {} : { next }) };
}

/** `penstock audit head`: a checkpoint, to be kept elsewhere. */
export async function auditHead(terminal: Terminal, options: ServerOptions): Promise<Exit> {
  const server = await serverOf(terminal, options);
  await terminal.out(`${printHead((await ofServer(server.get('/v1/audit/head'))) as AuditHead)}\n`);
  return EXIT.ok;
}

/** `penstock audit export`: the whole log on standard output. */
export async function exportAudit(terminal: Terminal, options: AuditExportOptions): Promise<Exit> {
  const { format = 'jsonl', after = '0', region = terminal.env?.['AWS_REGION'] || 'us-east-1' } = options;
  if (!/^\d{1,15}$/.test(after)) throw new CliError(`--after "${after}": expected the number of a record`);
  const server = await serverOf(terminal, options);
  const chunks = await ofServer(server.open(`/v1/audit/export?after=${after}`));
  if (format === 'jsonl') {
    for await (const text of textsOf(server, chunks)) await terminal.out(text);
    return EXIT.ok;
  }
  await terminal.out('{"Records":[');
  let separator = '\n';
  for await (const line of linesOf(textsOf(server, chunks))) {
    const record = cloudTrailOf(JSON.parse(line) as AuditRecord, { region });
    await terminal.out(`${separator}${JSON.stringify(record)}`);
    separator = ',\n';
  }
  await terminal.out('\n]}\n');
  return EXIT.ok;
}

/** `penstock audit verify`: of a file, or of a server's log as it stands. Exit code 1: it does not fit. */
export async function verifyAudit(
  terminal: Terminal,
  path: string | undefined,
  options: AuditVerifyOptions,
): Promise<Exit> {
  const after = await headOf(terminal, '--after', options.after);
  const checkpoint = await headOf(terminal, '--checkpoint', options.checkpoint);
  const verifier = new AuditVerifier((text) => createHash('sha256').update(text).digest('hex'), {
    ...(after === undefined ? {} : { after }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  let what = path ?? '';
  if (path === undefined) {
    const server = await serverOf(terminal, options);
    what = server.url;
    const chunks = await ofServer(server.open(`/v1/audit/export?after=${after?.sequence ?? 0}`));
    for await (const chunk of whole(server, chunks)) verifier.write(chunk);
  } else {
    for await (const chunk of chunksOf(terminal, path)) verifier.write(chunk);
  }
  const verdict = verifier.end();
  if (!verdict.fits) {
    await terminal.out(`${what}: ${verdict.problem}\n`);
    return EXIT.invalid;
  }
  const records = verdict.records === 1 ? '1 record fits' : `${verdict.records} records fit`;
  const end =
    checkpoint === undefined
      ? '; whether records are missing at the end can be seen with --checkpoint only'
      : `; checkpoint ${checkpoint.sequence} fits`;
  await terminal.out(`${what}: ${records}${end}\nhead ${printHead(verdict.head)}\n`);
  return EXIT.ok;
}

function rowOf({
  sequence,
  at,
  actor,
  source,
  action,
  pipelineId,
  objectIds = [],
  outcome,
  ...more
}: AuditRecord): string[] {
  const who = actor?.name ?? more.claimedCredentialId ?? source?.address ?? '-';
  const on = [pipelineId, ...objectIds.slice(0, 1), more.workerGroup].filter((part) => part !== undefined);
  const rest = (more.objectCount ?? objectIds.length) - 1;
  const count = more.repeated === undefined ? '' : ` (${more.repeated.count} calls)`;
  return [
    String(sequence),
    at.slice(0, 19),
    who,
    action.replace(/^datapipeline:/, ''),
    `${on.join(' ') || '-'}${rest > 0 ? ` +${rest}` : ''}`,
    `${outcome}${more.error === undefined ? '' : ` ${more.error}`}${count}`,
  ];
}

/** A checkpoint as `audit head` prints it, or the path of a file that has one. */
async function headOf(
  terminal: Terminal,
  option: string,
  text: string | undefined,
): Promise<AuditHead | undefined> {
  if (text === undefined) return undefined;
  const head = parseHead(text);
  if (head !== undefined) return head;
  let content = '';
  for await (const chunk of chunksOf(terminal, text))
    content += Buffer.from(chunk).toString('utf8').slice(0, 200);
  const read = parseHead(content);
  if (read !== undefined) return read;
  throw new CliError(
    `${option} "${text}" holds no checkpoint: expected "<number>:<hash>", as "penstock audit head" prints it`,
  );
}

async function* textsOf(server: Server, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const chunk of whole(server, chunks)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* whole(server: Server, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new CliError(`${server.url} broke off before the export was whole`, { cause: error });
  }
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw new CliError('the export of the server ends within a record');
}

async function ofServer<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refusal) throw new CliError(error.message, { cause: error });
    throw error;
  }
}
