import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CreateBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { inject } from 'vitest';
import { copyData, type CopyDeps } from '../../activities/copy/copy-activity.js';
import type { AttemptLog } from '../../activities/logs/attempt-log.js';
import { createStorage } from '../../activities/storage/open-storage.js';
import { createS3Client } from '../../activities/storage/s3-client.js';
import type { Storage } from '../../activities/storage/storage.js';
import type { TaskObject } from '../../model/instance/task.js';
import { aSealingKey, aTask, anObject } from './an-attempt.js';

/** A bucket, a database and a folder of a test file's own, and copies between them. */
export interface CopyWorld {
  readonly deps: CopyDeps;
  readonly storage: Storage;
  /** `s3://<bucket>` */
  readonly s3: string;
  /** `file://<folder>` */
  readonly files: string;
  readonly client: pg.Client;
  /** A node in the database; `fields` as in a definition. */
  sqlNode(fields: Readonly<Record<string, string>>): Node;
  /** Runs CopyActivity; returns the lines of its log and its last heartbeat. */
  copy(
    from: Node,
    to: Node,
    signal?: AbortSignal,
    confirm?: () => Promise<void>,
  ): Promise<{ lines: string[]; heartbeats: unknown[] }>;
  put(uri: string, content: string | Buffer): Promise<void>;
  get(uri: string): Promise<string>;
  getBytes(uri: string): Promise<Buffer>;
  names(directoryUri: string): Promise<string[]>;
  unfinishedUploads(): Promise<number>;
  remove(): Promise<void>;
}

/** A data node with the objects it refers to. */
export interface Node {
  readonly fields: Readonly<Record<string, string | TaskObject['fields'][string]>>;
  readonly type: 'S3DataNode' | 'SqlDataNode';
  /** References by field. */
  readonly uses?: Readonly<Record<string, TaskObject>>;
}

/** A node of S3 or files; `format` is an object of type CSV, TSV or Custom. */
export function stored(fields: Readonly<Record<string, string>>, format?: TaskObject): Node {
  return { type: 'S3DataNode', fields, ...(format === undefined ? {} : { uses: { dataFormat: format } }) };
}

export const TSV = anObject('TSV', 'Tsv', {});
export const CSV = anObject('CSV', 'Csv', {});

/** The password of the database user, which must never show. */
export const PASSWORD = `pw-${randomUUID()}`;

/** A log of an attempt that keeps its lines. */
export function aLog(): AttemptLog & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    location: 'file:///nowhere/',
    line: (text) => void lines.push(text),
    output: () => undefined,
    outputTail: () => '',
    tail: () => ({ text: '', to: 0, files: {} }),
    hide: () => undefined,
  };
}

/** Makes one. */
export async function aCopyWorld(): Promise<CopyWorld> {
  const server = inject('s3');
  const id = randomUUID().slice(0, 8);
  const s3Client = createS3Client({
    endpointUrl: server.endpoint,
    region: server.region,
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  });
  const Bucket = `copy-${id}`;
  await s3Client.send(new CreateBucketCommand({ Bucket }));
  const storage = createStorage(s3Client);
  const folder = await mkdtemp(join(tmpdir(), 'penstock-copy-'));

  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  const name = `copy_${id}`;
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
  await admin.query(`CREATE DATABASE ${name} OWNER ${name}`);
  const { host, port } = admin;
  const client = new pg.Client({ host, port, user: name, password: PASSWORD, database: name });
  await client.connect();

  const database = anObject('JdbcDatabase', 'Db', {
    connectionString: `jdbc:postgresql://${host}:${port}/${name}`,
    username: name,
    '*password': PASSWORD,
    jdbcDriverClass: 'org.postgresql.Driver',
  });
  const deps: CopyDeps = { storage, secrets: { environment: {}, sealingKey: aSealingKey } };

  return {
    deps,
    storage,
    s3: `s3://${Bucket}`,
    files: `file://${folder}`,
    client,
    sqlNode: (fields) => ({ type: 'SqlDataNode', fields: { table: 't', ...fields }, uses: { database } }),
    async copy(from, to, signal = new AbortController().signal, confirm = async () => undefined) {
      const nodes = [objectOf('Input', from), objectOf('Output', to)];
      const activity = anObject('CopyActivity', 'Copy', {
        input: [{ ref: 'Input' }],
        output: [{ ref: 'Output' }],
      });
      const used = [from, to].flatMap(({ uses }) => Object.values(uses ?? {}));
      const task = aTask(activity, ...nodes, ...used);
      const heartbeats: unknown[] = [];
      const log = aLog();
      const heartbeatWith = (details: unknown): void => void heartbeats.push(details);
      await copyData(deps, { task, object: activity, signal, log, heartbeatWith, confirm });
      return { lines: log.lines, heartbeats };
    },
    put: (uri, content) => storage.write(uri, Readable.from([Buffer.from(content)], { objectMode: false })),
    getBytes: (uri) => bytesOf(storage, uri),
    get: async (uri) => (await bytesOf(storage, uri)).toString(),
    async names(directoryUri) {
      const names: string[] = [];
      for await (const found of storage.list(directoryUri)) names.push(found.name);
      return names;
    },
    async unfinishedUploads() {
      const { Uploads } = await s3Client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads?.length ?? 0;
    },
    async remove() {
      await client.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.query(`DROP ROLE ${name}`);
      await admin.end();
      s3Client.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

function objectOf(id: string, { type, fields, uses }: Node): TaskObject {
  const references = Object.entries(uses ?? {}).map(([field, object]) => [field, [{ ref: object.id }]]);
  return anObject(type, id, { ...fields, ...Object.fromEntries(references) });
}

async function bytesOf(storage: Storage, uri: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await storage.read(uri)) as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
