import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { CliError } from './cli-error.js';

/** What the command reads from and writes to. */
export interface Terminal {
  /** Waits while the reader of the pipe is behind, so that nothing piles up. */
  out(text: string): Promise<void>;
  err(text: string): void;
  /** The bytes of a file, of standard input for `-`. */
  read(path: string): Promise<Uint8Array>;
  /** The same in pieces, for what may be large; absent = `read`. */
  open?(path: string): AsyncIterable<Uint8Array>;
  /** Environment variables; absent = none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** True when `out` shows colours. */
  readonly colour?: boolean;
}

/** The terminal of this process. A reader that leaves early (`| head`) ends it quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin } = process;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
  return {
    out: async (text) => {
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    err: (text) => void stderr.write(text),
    read: (path) => (path === '-' ? buffer(stdin) : readFile(path)),
    open: (path) => (path === '-' ? stdin : createReadStream(path)),
    env: process.env,
    // https://no-color.org
    colour: stdout.isTTY === true && !process.env['NO_COLOR'],
  };
}

/** A file as text. @throws CliError naming it, when it cannot be read or is not UTF-8. */
export async function readText(terminal: Terminal, path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await terminal.read(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliError(`"${path}" is not UTF-8 text`, { cause: error });
  }
}

/** A file in pieces, however long it is. @throws CliError naming it, when it cannot be read. */
export async function* chunksOf(terminal: Terminal, path: string): AsyncGenerator<Uint8Array> {
  try {
    if (terminal.open === undefined) yield await terminal.read(path);
    else yield* terminal.open(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new CliError(`"${path}" cannot be read: ${REASONS[code] ?? code}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder; expected a file',
  EACCES: 'this user may not read it',
};

/** Lines are written in pieces of about this size. */
const PIECE_CHARACTERS = 64 * 1024;

/** Writes each text as it comes, in large pieces. */
export async function writeAll(terminal: Terminal, texts: Iterable<string>): Promise<void> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    await terminal.out(piece);
    piece = '';
  }
  if (piece !== '') await terminal.out(piece);
}
