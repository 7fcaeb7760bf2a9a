/**
 * The bytes of `source` in buffers of `sizeOf(1)`, `sizeOf(2)`… bytes, the last one shorter; none when there are none.
 * A new buffer for each, because the one before is still being sent.
 */
export async function* buffersOfSize(
  source: AsyncIterable<Buffer | string>,
  sizeOf: (number: number) => number,
): AsyncGenerator<Buffer, void, void> {
  let number = 1;
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    while (length + rest.length >= sizeOf(number)) {
      const missing = sizeOf(number) - length;
      chunks.push(rest.subarray(0, missing));
      rest = rest.subarray(missing);
      yield Buffer.concat(chunks);
      chunks = [];
      length = 0;
      number += 1;
    }
    if (rest.length > 0) {
      chunks.push(rest);
      length += rest.length;
    }
  }
  if (length > 0) yield Buffer.concat(chunks);
}
