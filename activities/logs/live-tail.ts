import { TailBuffer } from './tail-buffer.js';

/** Bytes of the log's end that are kept for those who watch. Our choice: about two screens of long lines. */
export const LIVE_TAIL_BYTES = 16 * 1024;
/** An unfinished line is shown when it is longer than this. */
const LONGEST_WAIT_BYTES = 4 * 1024;

/** The files of a log; each is `<name>.log`. */
export const LOG_FILES = ['activity', 'stdout', 'stderr'] as const;
export type LogFile = (typeof LOG_FILES)[number];

/** The end of a log that is being written: all files in one, in the order in which lines came. */
export interface LogTail {
  /** Whole lines, where they are not too long. The last of what was shown so far. */
  readonly text: string;
  /** UTF-8 bytes of everything shown so far; `text` ends here. Only rises. */
  readonly to: number;
  /** How far each file is in it, in bytes of the file: what comes later is not in `text`. */
  readonly files: Readonly<Partial<Record<LogFile, number>>>;
}

/**
 * Puts the files of a log together as they are written, line by line, and keeps the end. Who sees one tail after the other
 * can tell by `to` what is new; who sees the last knows by `files` where the stored files go on.
 */
export class LiveTail {
  readonly #recent = new TailBuffer(LIVE_TAIL_BYTES);
  readonly #unfinished = new Map<LogFile, Buffer>();
  readonly #files: Partial<Record<LogFile, number>> = {};
  #to = 0;

  /** Bytes that were written to the file. */
  write(file: LogFile, bytes: Buffer): void {
    const before = this.#unfinished.get(file);
    const all = before === undefined ? bytes : Buffer.concat([before, bytes]);
    // Programs that show progress end a line by a carriage return alone.
    const lines = Math.max(all.lastIndexOf(0x0a), all.lastIndexOf(0x0d)) + 1;
    const shown = all.length - lines > LONGEST_WAIT_BYTES ? lengthOfCharacters(all) : lines;
    if (shown < all.length) this.#unfinished.set(file, Buffer.from(all.subarray(shown)));
    else this.#unfinished.delete(file);
    if (shown > 0) this.#show(file, all.subarray(0, shown));
  }

  read(): LogTail {
    const bytes = this.#recent.read();
    return {
      text: bytes.subarray(cutCharacter(bytes)).toString('utf8'),
      to: this.#to,
      files: { ...this.#files },
    };
  }

  #show(file: LogFile, bytes: Buffer): void {
    this.#files[file] = (this.#files[file] ?? 0) + bytes.length;
    // What is not kept need not be made text.
    const skipped = Math.max(0, bytes.length - LIVE_TAIL_BYTES);
    const text = Buffer.from(bytes.subarray(skipped).toString('utf8').replaceAll('\0', '\uFFFD'));
    this.#recent.write(text);
    this.#to += skipped + text.length;
  }
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Bytes at the beginning that belong to a character whose beginning is not there. */
function cutCharacter(bytes: Buffer): number {
  let cut = 0;
  while (cut < 3 && isContinuation(bytes[cut])) cut += 1;
  return cut;
}

/** Length without a character at the end that may not be complete. */
function lengthOfCharacters(bytes: Buffer): number {
  let length = bytes.length;
  while (bytes.length - length < 3 && isContinuation(bytes[length - 1])) length -= 1;
  return (bytes[length - 1] ?? 0) >= 0xc0 ? length - 1 : bytes.length;
}
