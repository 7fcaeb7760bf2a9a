import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { penstockCodec } from './payload-codec.js';
import { parseSecretKey } from './secret-key.js';

const key = randomBytes(32);
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) ?? {};
const valueOf = (payload: Payload | undefined): unknown =>
  payload && defaultPayloadConverter.fromPayload(payload);
const encodingOf = (payload: Payload | undefined): string =>
  Buffer.from(payload?.metadata?.['encoding'] ?? []).toString();

describe('payload codec', () => {
  it.each([undefined, key])('gives back every value (key: %s)', async (secretKey) => {
    const codec = penstockCodec(secretKey);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
        const decoded = await codec.decode(await codec.encode(values.map(payloadOf)));
        expect(decoded.map(valueOf)).toEqual(values.map((value) => valueOf(payloadOf(value))));
      }),
      { numRuns: 50 },
    );
  });

  it('leaves short payloads readable without a key and compresses long ones', async () => {
    const [short, long] = await penstockCodec().encode([payloadOf('a'), payloadOf('a'.repeat(10_000))]);
    expect(encodingOf(short)).toBe('json/plain');
    expect(encodingOf(long)).toBe('binary/penstock-deflate');
    expect(long?.data?.length).toBeLessThan(200);
  });

  it('shows nothing of a value when there is a key', async () => {
    const [payload] = await penstockCodec(key).encode([payloadOf('hunter2')]);
    expect(encodingOf(payload)).toBe('binary/penstock-aes-256-gcm');
    expect(Buffer.from(payload?.data ?? []).includes('hunter2')).toBe(false);
  });

  it('reads with a key what was written without one', async () => {
    const values = ['a', 'b'.repeat(10_000)];
    const decoded = await penstockCodec(key).decode(await penstockCodec().encode(values.map(payloadOf)));
    expect(decoded.map(valueOf)).toEqual(values);
  });

  it('refuses another key, a missing key and changed bytes', async () => {
    const encoded = await penstockCodec(key).encode([payloadOf('a')]);
    await expect(penstockCodec(randomBytes(32)).decode(encoded)).rejects.toThrow('another secret key');
    await expect(penstockCodec().decode(encoded)).rejects.toThrow('has no secret key');
    const changed = encoded.map((payload) => ({
      ...payload,
      data: Buffer.from(payload.data ?? []).fill(1, 30, 31),
    }));
    await expect(penstockCodec(key).decode(changed)).rejects.toThrow('another secret key');
  });
});

describe('secret key', () => {
  it('is 32 bytes as base64 or hexadecimal digits', () => {
    expect(parseSecretKey(` ${key.toString('base64')}\n`, 'x')).toEqual(key);
    expect(parseSecretKey(key.toString('hex'), 'x')).toEqual(key);
  });

  it.each(['', 'hunter2', key.subarray(1).toString('base64')])(
    'is refused without being quoted: %s',
    (text) => {
      expect(() => parseSecretKey(text, 'PENSTOCK_SECRET_KEY')).toThrow(
        /^PENSTOCK_SECRET_KEY is no secret key: expected 32 bytes/,
      );
    },
  );
});
