/** Buffers that are used again instead of left to the garbage collector, which would let many of them pile up. */
export interface BufferPool {
  allocate(sizeBytes: number): Buffer;
  /** Gives one back: nobody may use it any more. */
  release(buffer: Buffer): void;
}

/** An empty pool. Keeps buffers of the size asked for last, and forgets those of another. */
export function bufferPool(): BufferPool {
  let free: Buffer[] = [];
  return {
    allocate(sizeBytes) {
      free = free.filter((buffer) => buffer.length === sizeBytes);
      return free.pop() ?? Buffer.allocUnsafeSlow(sizeBytes);
    },
    release(buffer) {
      free.push(buffer);
    },
  };
}
