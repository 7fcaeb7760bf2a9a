import { join } from 'node:path';
import { CliError } from './cli-error.js';
import { readText, type Terminal } from './terminal.js';

/** A bearer token and where it was found, for the error when the server does not take it. */
export interface Token {
  readonly token: string;
  readonly place: string;
}

/**
 * The bearer token of the REST API: of the file that `--credentials` names, else PENSTOCK_TOKEN, else of the file that
 * PENSTOCK_CREDENTIALS_FILE names, else of `credentials` in PENSTOCK_HOME, else in `.penstock` here.
 * @throws CliError that names every place where there was none.
 */
export async function findToken(terminal: Terminal, credentials: string | undefined): Promise<Token> {
  if (credentials !== undefined) return tokenIn(terminal, credentials);
  const { PENSTOCK_TOKEN, PENSTOCK_CREDENTIALS_FILE, PENSTOCK_HOME } = terminal.env ?? {};
  if (PENSTOCK_TOKEN) return { token: PENSTOCK_TOKEN, place: 'PENSTOCK_TOKEN' };
  if (PENSTOCK_CREDENTIALS_FILE) return tokenIn(terminal, PENSTOCK_CREDENTIALS_FILE);
  const home = join(PENSTOCK_HOME || '.penstock', 'credentials');
  try {
    return await tokenIn(terminal, home);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(
      `no token for the server: PENSTOCK_TOKEN and PENSTOCK_CREDENTIALS_FILE are not set, --credentials is not given, ` +
        `and ${error.message}. The server's "npm start" makes .penstock/credentials`,
      { cause: error },
    );
  }
}

async function tokenIn(terminal: Terminal, path: string): Promise<Token> {
  const keys = secretKeysIn(await readText(terminal, path));
  const [profile, token] = [...keys].find(([name]) => name === 'default') ?? [...keys][0] ?? [];
  if (profile === undefined || token === undefined) {
    throw new CliError(`"${path}" holds no aws_secret_access_key: expected an AWS shared-credentials file`);
  }
  return { token, place: `"${path}", profile ${profile}` };
}

/** The secret keys of an AWS shared-credentials file, by profile. */
function secretKeysIn(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  let profile: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    profile = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim() ?? profile;
    const key = /^\s*aws_secret_access_key\s*=\s*(\S+)\s*$/i.exec(line)?.[1];
    if (profile !== undefined && key !== undefined) keys.set(profile, key);
  }
  return keys;
}
