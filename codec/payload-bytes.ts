import type { Payload } from '@temporalio/common';

/**
 * A payload as bytes: length of the header (4 bytes, big-endian), the header (its metadata as JSON, values in base64),
 * the data. Our choice instead of the protobuf encoding, which would need a dependency on generated code.
 */
export function serializePayload(payload: Payload): Buffer {
  const metadata = Object.entries(payload.metadata ?? {}).map(
    ([key, value]) => [key, Buffer.from(value ?? []).toString('base64')] as const,
  );
  const header = Buffer.from(JSON.stringify(Object.fromEntries(metadata)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, payload.data ?? Buffer.alloc(0)]);
}

/** The inverse of `serializePayload`. @throws when the bytes are none of its. */
export function deserializePayload(bytes: Buffer): Payload {
  const headerEnd = bytes.length < 4 ? Infinity : 4 + bytes.readUInt32BE(0);
  if (headerEnd > bytes.length) throw new Error('bytes of a Temporal payload are cut short');
  const header: unknown = JSON.parse(bytes.toString('utf8', 4, headerEnd));
  if (typeof header !== 'object' || header === null) throw new Error('a Temporal payload has no metadata');
  const metadata = Object.entries(header).map(
    ([key, value]) => [key, Buffer.from(String(value), 'base64')] as const,
  );
  return { metadata: Object.fromEntries(metadata), data: bytes.subarray(headerEnd) };
}
