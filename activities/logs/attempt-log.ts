import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedFile } from './bounded-file.js';
import { LiveTail, type LogTail } from './live-tail.js';
import { Redactor } from './redactor.js';
import { TailBuffer } from './tail-buffer.js';

/** Bytes of recent output that an attempt remembers for error messages. */
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
  /** Keeps `secret` out of everything from now on: a command that prints it prints `***`. */
  hide(secret: string): void;
  /** The end of everything, without secrets: what heartbeats show of a running attempt. */
  tail(): LogTail;
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
  const live = new LiveTail();
  const redactors = { stdout: new Redactor(), stderr: new Redactor(), activity: new Redactor() };
  const add = (name: OutputName, shown: Buffer): void => {
    if (shown.length === 0) return;
    file(`${name}.log`).write(shown);
    tails[name].write(shown);
    live.write(name, shown);
  };
  const file = (name: string): BoundedFile => {
    const found = files.get(name) ?? new BoundedFile(join(directory, name));
    files.set(name, found);
    return found;
  };
  return {
    location,
    line(text) {
      const redactor = redactors.activity;
      const line = Buffer.from(`${now().toISOString()} ${text.replaceAll('\n', '\n  ')}\n`);
      const shown = Buffer.concat([redactor.write(line), redactor.end()]);
      file('activity.log').write(shown);
      live.write('activity', shown);
    },
    output(name, chunk) {
      add(name, redactors[name].write(chunk));
    },
    outputTail: (name, maximumBytes) => asText(tails[name].read(maximumBytes)),
    tail: () => live.read(),
    hide(secret) {
      for (const redactor of Object.values(redactors)) redactor.hide(secret);
    },
    close() {
      for (const name of ['stdout', 'stderr'] as const) add(name, redactors[name].end());
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
