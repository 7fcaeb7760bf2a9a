import { randomBytes } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, symlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createStorage } from '../../activities/storage/open-storage.js';
import { createS3Client } from '../../activities/storage/s3-client.js';
import { failureOf } from './an-attempt.js';
import { aCopyWorld, type CopyWorld } from './copy-world.js';
import { until } from './until.js';

let world: CopyWorld;
beforeAll(async () => {
  world = await aCopyWorld();
});
afterAll(() => world.remove());

const MIB = 1024 * 1024;
/** More than two parts of a multipart upload. */
const large = randomBytes(20 * MIB + 17);
const chunksOf = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
const streamOf = (bytes: Buffer, size = 100_003): Readable =>
  Readable.from(chunksOf(bytes, size), { objectMode: false });

describe.each(['s3', 'files'] as const)('storage on %s', (kind) => {
  it('gives back what was written, of any size', async () => {
    for (const content of [Buffer.alloc(0), Buffer.from('ä'), large.subarray(0, 8 * MIB), large]) {
      const uri = `${world[kind]}/sizes/${content.length}`;
      await world.storage.write(uri, streamOf(content));
      expect((await world.getBytes(uri)).equals(content)).toBe(true);
      expect(await world.storage.head(uri)).toEqual({
        uri,
        name: `${content.length}`,
        sizeBytes: content.length,
      });
    }
    expect(await world.unfinishedUploads()).toBe(0);
  });

  it('lists in the byte order of names, with neither markers nor what is not in the directory', async () => {
    const base = `${world[kind]}/order`;
    const names = ['a.b', 'a/x', 'a0', 'A', 'z/ä/1', 'ü', 'with blank %20#?.csv'];
    for (const name of [...names, 'skip_$folder$']) await world.put(`${base}/${name}`, name);
    await world.put(`${world[kind]}/order-other`, 'x');
    const sorted = names.toSorted((a, b) => Buffer.from(a).compare(Buffer.from(b)));
    expect(await world.names(base)).toEqual(sorted);
    expect(await world.names(`${base}/`)).toEqual(sorted);
    expect(await world.names(`${base}/a`)).toEqual(['x']);
    expect(await world.names(`${base}/none`)).toEqual([]);
    for await (const { uri, name } of world.storage.list(base)) expect(await world.get(uri)).toBe(name);
  });

  it('keeps what was there when the source of a write fails', async () => {
    const uri = `${world[kind]}/failing/key`;
    await world.put(uri, 'before');
    const source = Readable.from(
      (async function* () {
        yield large;
        await Promise.resolve();
        throw new Error('the source broke');
      })(),
      { objectMode: false },
    );
    await expect(world.storage.write(uri, source)).rejects.toThrow('the source broke');
    expect(await world.get(uri)).toBe('before');
    expect(await world.names(`${world[kind]}/failing`)).toEqual(['key']);
    expect(await world.unfinishedUploads()).toBe(0);
    if (kind === 'files')
      expect(await readdir(`${world.files.slice('file://'.length)}/failing`)).toEqual(['key']);
  });

  it('ends a write when it is told to, and throws the reason', async () => {
    const uri = `${world[kind]}/stopped/key`;
    const stop = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (let sent = 0; ; sent++) {
          if (sent === 3) stop.abort(new Error('enough'));
          await Promise.resolve();
          yield large;
        }
      })(),
      { objectMode: false },
    );
    await expect(world.storage.write(uri, endless, { signal: stop.signal })).rejects.toThrow('enough');
    expect(endless.destroyed).toBe(true);
    expect(await world.storage.head(uri)).toBeUndefined();
    expect(await world.unfinishedUploads()).toBe(0);
    await expect(world.storage.read(uri, { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('keeps what was there when something forbids it at the last moment', async () => {
    const [uri, other] = [`${world[kind]}/forbidden/key`, `${world[kind]}/forbidden-source`];
    await world.put(uri, 'before');
    await world.put(other, 'after');
    const stop = new AbortController();
    const beforeVisible = async (): Promise<void> => {
      stop.abort(new Error('not any more'));
      stop.signal.throwIfAborted();
    };
    const options = { signal: stop.signal, beforeVisible };
    await expect(world.storage.copy(other, uri, options)).rejects.toThrow('not any more');
    for (const content of [Buffer.from('after'), large])
      await expect(
        world.storage.write(uri, streamOf(content), { beforeVisible: options.beforeVisible }),
      ).rejects.toThrow('not any more');
    expect(await world.get(uri)).toBe('before');
    expect(await world.names(`${world[kind]}/forbidden`)).toEqual(['key']);
    expect(await world.unfinishedUploads()).toBe(0);
  });

  it('copies and deletes; deleting nothing is no error', async () => {
    const [from, to] = [`${world[kind]}/copied/from ä+%.csv`, `${world[kind]}/copied/deep/to`];
    await world.put(from, 'content');
    await world.storage.copy(from, to);
    expect(await world.get(to)).toBe('content');
    await world.storage.delete(from);
    await world.storage.delete(from);
    expect(await world.names(`${world[kind]}/copied`)).toEqual(['deep/to']);
    expect(await failureOf(world.storage.copy(from, to))).toMatchObject({ type: 'SourceNotFound' });
  });

  it('refuses to write to a directory', async () => {
    const failure = await failureOf(world.put(`${world[kind]}/dir/`, 'x'));
    expect(failure).toMatchObject({ type: 'InvalidField', message: expect.stringContaining('/dir/') });
  });
});

describe('storage on S3', () => {
  it('lists beyond one page', async () => {
    const names = Array.from({ length: 1005 }, (_, index) => `k${String(index).padStart(4, '0')}`);
    for (const some of chunksOfNames(names, 50)) {
      await Promise.all(some.map((name) => world.put(`${world.s3}/pages/${name}`, '')));
    }
    expect(await world.names(`${world.s3}/pages`)).toEqual(names);
  });

  it('goes on reading where a connection broke', async () => {
    await world.storage.write(`${world.s3}/broken`, streamOf(large));
    const proxy = await breakingProxy(inject('s3').endpoint, 5 * MIB);
    const { accessKeyId, secretAccessKey, region } = inject('s3');
    const client = createS3Client({
      endpointUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      region,
      credentials: { accessKeyId, secretAccessKey },
    });
    const chunks: Buffer[] = [];
    for await (const chunk of (await createStorage(client).read(
      `${world.s3}/broken`,
    )) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(large)).toBe(true);
    client.destroy();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
});

describe('storage on files', () => {
  it('shows nobody a file that is being written', async () => {
    const uri = `${world.files}/growing/data.csv`;
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        await finished;
        yield Buffer.from(' and half');
      })(),
      { objectMode: false },
    );
    const writing = world.storage.write(uri, source);
    const folder = `${world.files.slice('file://'.length)}/growing`;
    await until(async () => (await readdir(folder).catch(() => [])).length === 1);
    expect(await world.names(`${world.files}/growing`)).toEqual([]);
    expect(await world.storage.firstWithPrefix(`${world.files}/growing/`)).toBeUndefined();
    finish();
    await writing;
    expect(await world.get(uri)).toBe('half and half');
  });

  it('reads no directory and follows no loop', async () => {
    await world.put(`${world.files}/tree/a`, 'x');
    await symlink('..', `${world.files.slice('file://'.length)}/tree/up`);
    expect(await world.names(`${world.files}/tree`)).toEqual(['a']);
    expect(await failureOf(world.storage.read(`${world.files}/tree`))).toMatchObject({
      type: 'InvalidField',
    });
    expect(await world.storage.head(`${world.files}/tree`)).toBeUndefined();
  });
});

function chunksOfNames(names: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(names.length / size) }, (_, index) =>
    names.slice(index * size, (index + 1) * size),
  );
}

/** A proxy that breaks every answer after `bytes` bytes of its body. */
async function breakingProxy(target: string, bytes: number): Promise<Server> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      let sent = 0;
      answer.on('data', (chunk: Buffer) => {
        sent += chunk.length;
        if (sent <= bytes) outgoing.write(chunk);
        else outgoing.destroy();
      });
      answer.on('end', () => outgoing.end());
    });
    outgoing.on('close', () => forwarded.destroy());
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
