/**
 * The bytes of `source` in buffers of `sizeOf(1)`, `sizeOf(2)`… bytes, the last one shorter; none when there are none.
 * Each is filled in one that `allocate` gives. Chunks are copied as they come: kept until a buffer is full, they would
 * outlive V8's young generation and hold several times their size until its next full collection (measured: 100 MiB).
 */
export async function* buffersOfSize(
  source: AsyncIterable<Buffer | string>,
  sizeOf: (number: number) => number,
  allocate: (sizeBytes: number) => Buffer = (sizeBytes) => Buffer.allocUnsafeSlow(sizeBytes),
): AsyncGenerator<Buffer, void, void> {
  let number = 1;
  let buffer: Buffer | undefined;
  let length = 0;
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length;) {
      buffer ??= allocate(sizeOf(number));
      const copied = bytes.copy(buffer, length, at);
      at += copied;
      length += copied;
      if (length < buffer.length) continue;
      yield buffer;
      buffer = undefined;
      length = 0;
      number += 1;
    }
  }
  if (buffer !== undefined) yield buffer.subarray(0, length);
}
