import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedFile } from './bounded-file.js';
import { TailBuffer } from './tail-buffer.js';

/** Bytes of recent output that an attempt remembers, for heartbeats and error messages. */
const RECENT_BYTES = 4 * 1024;

export type OutputName = 'stdout' | 'stderr';

/** The log of one attempt: activity.log (what the activity did), stdout.log and stderr.log where a command ran. */
export interface AttemptLog {
  /** Folder URI, ending in `/`, where the files will be when the attempt has ended. */
  readonly location: string;
  /** Adds one step, with its time, to activity.log. No secrets. */
  line(text: string): void;
  /** Adds output of a command to stdout.log or stderr.log, of which head and tail are kept. */
  output(name: OutputName, chunk: Buffer): void;
  /** The last bytes of one output, at most 4 KiB, as text. */
  outputTail(name: OutputName, maximumBytes: number): string;
  /** Keeps `secret` out of both tails from now on: they go into heartbeats and errors. The files hold what was printed. */
  hide(secret: string): void;
  /** The last bytes of everything, as text: what a heartbeat shows of a running attempt. */
  tail(maximumBytes: number): string;
}

/** An attempt log that can be closed and brought to its location. */
export interface OpenAttemptLog extends AttemptLog {
  close(): void;
}

/** Opens the log files in `directory`, which is made when missing. `now` gives the time of each line. */
export async function openAttemptLog(
  directory: string,
  location: string,
  now: () => Date = () => new Date(),
): Promise<OpenAttemptLog> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = new Map<string, BoundedFile>();
  const tails = { stdout: new TailBuffer(RECENT_BYTES), stderr: new TailBuffer(RECENT_BYTES) };
  const recent = new TailBuffer(RECENT_BYTES);
  const secrets = new Set<string>();
  const shown = (bytes: Buffer): string => {
    let text = asText(bytes);
    for (const secret of secrets) text = text.replaceAll(secret, '***');
    return text;
  };
  const file = (name: string): BoundedFile => {
    const found = files.get(name) ?? new BoundedFile(join(directory, name));
    files.set(name, found);
    return found;
  };
  return {
    location,
    line(text) {
      const line = Buffer.from(`${now().toISOString()} ${text.replaceAll('\n', '\n  ')}\n`);
      file('activity.log').write(line);
      recent.write(line);
    },
    output(name, chunk) {
      file(`${name}.log`).write(chunk);
      tails[name].write(chunk);
      recent.write(chunk);
    },
    outputTail: (name, maximumBytes) => shown(tails[name].read(maximumBytes)),
    tail: (maximumBytes) => shown(recent.read(maximumBytes)),
    hide(secret) {
      if (secret !== '') secrets.add(secret);
    },
    close() {
      for (const open of files.values()) open.close();
    },
  };
}

// A cut may fall inside a UTF-8 sequence or leave NULs, which PostgreSQL refuses in text.
function asText(bytes: Buffer): string {
  return bytes
    .toString('utf8')
    .replace(/^\uFFFD+/, '')
    .replaceAll('\0', '\uFFFD');
}
