import { closeSync, openSync, writeSync } from 'node:fs';
import { TailBuffer } from './tail-buffer.js';

/** Bytes kept of the beginning, and again of the end, of a stream that goes to a log. Our choice: 1 MiB each. */
export const LOG_PART_BYTES = 1024 * 1024;

/**
 * A file that keeps the beginning and the end of what is written to it, whatever the length, in flat memory.
 * The beginning is on disk at once; the end is written by `close`, after a line that says how much was left out.
 */
export class BoundedFile {
  private readonly descriptor: number;
  private headBytes = 0;
  private tail: TailBuffer | undefined;
  private tailBytes = 0;
  private closed = false;

  constructor(
    readonly path: string,
    private readonly partBytes = LOG_PART_BYTES,
  ) {
    this.descriptor = openSync(path, 'a', 0o600);
  }

  /** Everything written so far, kept or not. */
  get totalBytes(): number {
    return this.headBytes + this.tailBytes;
  }

  // Synchronous on purpose: the head is at most 1 MiB an attempt, and what a crash leaves is then on disk.
  write(chunk: Buffer): void {
    if (this.closed) return;
    const toHead = chunk.subarray(0, this.partBytes - this.headBytes);
    if (toHead.length > 0) {
      this.append(toHead);
      this.headBytes += toHead.length;
    }
    const toTail = chunk.subarray(toHead.length);
    if (toTail.length > 0) {
      this.tail ??= new TailBuffer(this.partBytes);
      this.tail.write(toTail);
      this.tailBytes += toTail.length;
    }
  }

  /** Writes the end and closes the file. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      if (this.tail) this.writeTail(this.tail);
    } finally {
      closeSync(this.descriptor);
    }
  }

  private writeTail(tail: TailBuffer): void {
    const kept = tail.read();
    const leftOutBytes = this.tailBytes - kept.length;
    if (leftOutBytes > 0) this.append(Buffer.from(`\n[… ${leftOutBytes} bytes left out of this log …]\n`));
    this.append(kept);
  }

  private append(bytes: Buffer): void {
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.descriptor, bytes, written, bytes.length - written);
  }
}
