/** The last `capacityBytes` of what was written, in one buffer that is never made larger. */
export class TailBuffer {
  private readonly ring: Buffer;
  private position = 0;
  private full = false;

  constructor(readonly capacityBytes: number) {
    this.ring = Buffer.allocUnsafe(capacityBytes);
  }

  write(chunk: Buffer): void {
    const kept = chunk.subarray(Math.max(0, chunk.length - this.capacityBytes));
    const untilEnd = Math.min(kept.length, this.capacityBytes - this.position);
    kept.copy(this.ring, this.position, 0, untilEnd);
    kept.copy(this.ring, 0, untilEnd);
    if (this.position + kept.length >= this.capacityBytes) this.full = true;
    this.position = (this.position + kept.length) % this.capacityBytes;
  }

  /** The kept bytes, oldest first; the last `maximumBytes` of them where it is given. */
  read(maximumBytes = this.capacityBytes): Buffer {
    const bytes = this.full
      ? Buffer.concat([this.ring.subarray(this.position), this.ring.subarray(0, this.position)])
      : Buffer.from(this.ring.subarray(0, this.position));
    return bytes.subarray(Math.max(0, bytes.length - maximumBytes));
  }
}
