import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import { deserializePayload, serializePayload } from './payload-bytes.js';

/*
 * codec/: how Temporal's payloads look on the wire. Both activities/ and src/ need it at run time and may not import
 * each other, so it is a folder of its own; it imports @temporalio/common and Node only, and nothing of Penstock.
 */

/** Payloads over this are compressed; shorter ones gain too little to lose their readability. Our choice. */
const COMPRESSED_OVER_BYTES = 4 * 1024;
/** A payload that inflates to more was not made by us: Temporal's limit is 2 MiB, ours before compression generous. */
const INFLATED_AT_MOST_BYTES = 256 * 1024 * 1024;

const COMPRESSED = 'binary/penstock-deflate';
const ENCRYPTED = 'binary/penstock-aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const compress = promisify(deflate);
const decompress = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);

/**
 * The codec of all payloads: compressed when over 4 KiB, encrypted with AES-256-GCM when there is a key.
 * Decoding takes payloads as they come, plain, compressed or encrypted, so that a key can be set later.
 */
export function penstockCodec(secretKey?: Uint8Array): PayloadCodec {
  const key = secretKey && payloadKey(secretKey);
  return {
    encode: async (payloads) =>
      Promise.all(
        payloads.map(async (payload) => {
          const compressed = await compressedIfLong(payload);
          return key ? encrypted(compressed, key) : compressed;
        }),
      ),
    decode: async (payloads) =>
      Promise.all(payloads.map(async (payload) => inflated(decrypted(payload, key)))),
  };
}

// A key of its own, so that no other use of Penstock's key can be played against this one.
function payloadKey(secretKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), 'penstock temporal payloads 1', 32));
}

async function compressedIfLong(payload: Payload): Promise<Payload> {
  if ((payload.data?.length ?? 0) <= COMPRESSED_OVER_BYTES) return payload;
  const data = await compress(serializePayload(payload));
  return data.length < (payload.data?.length ?? 0) ? wrapped(COMPRESSED, data) : payload;
}

async function inflated(payload: Payload): Promise<Payload> {
  if (encodingOf(payload) !== COMPRESSED) return payload;
  return deserializePayload(
    await decompress(Buffer.from(payload.data ?? []), { maxOutputLength: INFLATED_AT_MOST_BYTES }),
  );
}

function encrypted(payload: Payload, key: Buffer): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const text = Buffer.concat([cipher.update(serializePayload(payload)), cipher.final()]);
  return wrapped(ENCRYPTED, Buffer.concat([iv, cipher.getAuthTag(), text]));
}

function decrypted(payload: Payload, key: Buffer | undefined): Payload {
  if (encodingOf(payload) !== ENCRYPTED) return payload;
  if (!key) throw new Error('a Temporal payload is encrypted and this process has no secret key');
  const data = Buffer.from(payload.data ?? []);
  if (data.length < IV_BYTES + TAG_BYTES) throw new Error('an encrypted Temporal payload is cut short');
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, IV_BYTES));
  decipher.setAuthTag(data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return deserializePayload(
      Buffer.concat([decipher.update(data.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]),
    );
  } catch (cause) {
    throw new Error('a Temporal payload is encrypted with another secret key, or was changed', { cause });
  }
}

function wrapped(encoding: string, data: Buffer): Payload {
  return { metadata: { [METADATA_ENCODING_KEY]: Buffer.from(encoding) }, data };
}

function encodingOf(payload: Payload): string {
  const encoding = payload.metadata?.[METADATA_ENCODING_KEY];
  return encoding ? Buffer.from(encoding).toString() : '';
}
