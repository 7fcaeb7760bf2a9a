import { CliError } from './cli-error.js';
import { findToken, type Token } from './credentials.js';
import type { Terminal } from './terminal.js';

/** Where a server is and how to be let in. */
export interface ServerOptions {
  /** @default PENSTOCK_URL, else http://127.0.0.1:8080 */
  readonly server?: string;
  /** AWS shared-credentials file whose secret key is the token. */
  readonly credentials?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';
/** Our choice: far longer than any of its answers takes. */
const TIMEOUT_MS = 60_000;

/** What the server refused, as it said it (RFC 9457). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: number,
    /** Name of the error on the AWS endpoint, where it has one. */
    readonly error: string | undefined,
    detail: string,
  ) {
    super(detail);
  }
}

/** The REST API of a server. */
export class Server {
  constructor(
    readonly url: string,
    private readonly token: Token,
  ) {}

  /**
   * The JSON answer of GET `path`.
   * @throws Refusal for an answer 4xx but 401; CliError for what the caller can mend, naming URL and token's place.
   */
  async get(path: string): Promise<unknown> {
    return this.send('GET', path);
  }

  /** The JSON answer of POST `path`. Errors as of `get`. */
  async post(path: string, body: object): Promise<unknown> {
    return this.send('POST', path, JSON.stringify(body));
  }

  private async send(method: string, path: string, body?: string): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.token.token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new CliError(this.unreachable(error), { cause: error });
    }
    const answer = jsonOf(text);
    if (response.ok && answer !== undefined) return answer;
    throw this.refused(response.status, answer);
  }

  /** The text of GET `path`. Errors as of `get`. */
  async text(path: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.open(path)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The bytes of GET `path` as they come; a connection that is silent for a minute is given up. Errors as of `get`. */
  async open(path: string, lastEventId?: string): Promise<AsyncIterable<Uint8Array>> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new DOMException('silent', 'TimeoutError')), TIMEOUT_MS);
    try {
      const response = await fetch(`${this.url}${path}`, {
        headers: {
          authorization: `Bearer ${this.token.token}`,
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        signal: silence.signal,
      });
      if (!response.ok) throw this.refused(response.status, jsonOf(await response.text()));
      return watched(response.body ?? new ReadableStream<Uint8Array>(), timer);
    } catch (error) {
      clearTimeout(timer);
      if (error instanceof CliError || error instanceof Refusal) throw error;
      throw new CliError(this.unreachable(error), { cause: error });
    }
  }

  private refused(status: number, answer: Record<string, unknown> | undefined): Error {
    if (status === 401) {
      return new CliError(
        `${this.url} does not take the token of ${this.token.place}; it takes the secret keys of its own credentials ` +
          `file (".penstock/credentials" where it was started) and those that "penstock keys" has made. Give one by ` +
          `--credentials, or as PENSTOCK_TOKEN`,
      );
    }
    const { detail, error } = answer ?? {};
    if (answer === undefined || typeof detail !== 'string') {
      return new CliError(`${this.url} answered with status ${status} and no JSON: is it a Penstock?`);
    }
    if (status >= 500) return new CliError(`${this.url}: ${detail}`);
    return new Refusal(status, typeof error === 'string' ? error : undefined, detail);
  }

  private unreachable(error: unknown): string {
    const why =
      error instanceof Error && error.name === 'TimeoutError'
        ? `no answer within ${TIMEOUT_MS / 1000} seconds`
        : reasonOf(error);
    return (
      `no server answers at ${this.url} (${why}). "npm start" starts one there, or name another by --server URL ` +
      `or PENSTOCK_URL`
    );
  }
}

/** The server that options and environment name. Nothing is sent yet. @throws CliError */
export async function serverOf(terminal: Terminal, options: ServerOptions): Promise<Server> {
  const given = options.server ?? (terminal.env?.['PENSTOCK_URL'] || DEFAULT_URL);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    const name = options.server === undefined ? 'PENSTOCK_URL' : '--server';
    throw new CliError(`${name} "${given}" is no URL: expected one such as ${DEFAULT_URL}`);
  }
  return new Server(
    `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    await findToken(terminal, options.credentials),
  );
}

/** The chunks, each of which gives the connection its time again. */
async function* watched(body: AsyncIterable<Uint8Array>, timer: NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
  }
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** fetch says only that it failed; what happened is in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message === '' ? (code ?? cause.name) : cause.message;
}
