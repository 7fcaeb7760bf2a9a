import {
  ActivatePipelineCommand,
  AddTagsCommand,
  CreatePipelineCommand,
  DeletePipelineCommand,
  DescribePipelinesCommand,
  ListPipelinesCommand,
  PollForTaskCommand,
  PutPipelineDefinitionCommand,
  SetStatusCommand,
} from '@aws-sdk/client-data-pipeline';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printHead } from '../../model/audit/audit-chain.js';
import type { AuditRecord } from '../../model/audit/audit-record.js';
import { AuditVerifier } from '../../model/audit/audit-verifier.js';
import { canonicalJson } from '../../model/audit/canonical-json.js';
import { maskSecrets } from '../../model/definition/secrets.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { AuditStore, sha256 } from '../../src/store/audit-store.js';
import { RunnerTasks } from '../../src/task-runners/runner-tasks.js';
import { runCli } from '../../cli/program.js';
import { startApi, type TestApi } from './api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ PENSTOCK_TRUSTED_PROXIES: 'loopback' });
});
afterAll(() => api.close());

const SECRET = 'correct horse battery staple';
const OBJECTS = (command: string) => [
  { id: 'Default', name: 'Default', fields: [{ key: 'scheduleType', stringValue: 'ondemand' }] },
  {
    id: 'Do',
    name: 'Do',
    fields: [
      { key: 'type', stringValue: 'ShellCommandActivity' },
      { key: 'command', stringValue: command },
      { key: '*myToken', stringValue: SECRET },
      { key: 'workerGroup', stringValue: 'wg' },
    ],
  },
];

const rest = (path: string): Promise<Response> =>
  fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${api.key.secretAccessKey}` } });

async function records(query = ''): Promise<AuditRecord[]> {
  const answer = await rest(`/v1/audit?${query}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { records: AuditRecord[] }).records;
}

async function aPipeline(name: string): Promise<string> {
  const { pipelineId = '' } = await api.client().send(new CreatePipelineCommand({ name, uniqueId: name }));
  return pipelineId;
}

const ARN = 'arn:aws:iam::000000000000:user/default';

describe('the audit log of changes', () => {
  it('says who did what to which pipeline, from where, and what came of it', async () => {
    const client = api.client();
    const pipelineId = await aPipeline('nightly');
    await client.send(new PutPipelineDefinitionCommand({ pipelineId, pipelineObjects: OBJECTS('date') }));
    await client.send(new AddTagsCommand({ pipelineId, tags: [{ key: 'team', value: 'blue' }] }));
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    await client.send(new SetStatusCommand({ pipelineId, objectIds: ['Do'], status: 'PAUSE' }));
    await client
      .send(new SetStatusCommand({ pipelineId, objectIds: ['Nope'], status: 'PAUSE' }))
      .catch(() => null);
    await client.send(new DescribePipelinesCommand({ pipelineIds: [pipelineId] }));
    await client.send(new DeletePipelineCommand({ pipelineId }));

    const found = (await records(`pipelineId=${pipelineId}`)).toReversed();
    expect(found.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'datapipeline:CreatePipeline ok',
      'datapipeline:PutPipelineDefinition ok',
      'datapipeline:AddTags ok',
      'datapipeline:ActivatePipeline ok',
      'datapipeline:SetStatus ok',
      'datapipeline:SetStatus failed',
      'datapipeline:DeletePipeline ok',
    ]);
    for (const record of found) {
      expect(record).toMatchObject({
        actor: { arn: ARN, by: 'access-key', credentialId: api.key.accessKeyId },
        source: { address: '127.0.0.1', userAgent: expect.stringContaining('aws-sdk-js') },
        protocol: 'aws-json',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
    const [created, put, tagged, activated, paused, refused, deleted] = found;
    expect(created).toMatchObject({ parameters: { name: 'nightly' } });
    // Whoever can read the definition can compute its digest.
    const definition = { of: 'definition', version: 1 } as const;
    expect(put?.before).toBeUndefined();
    expect(put?.after).toMatchObject({ ...definition, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(tagged?.before?.sha256).not.toBe(tagged?.after?.sha256);
    expect(activated).toMatchObject({ after: put?.after });
    expect(paused).toMatchObject({ objectIds: ['Do'], parameters: { status: 'PAUSE' } });
    expect(paused?.after?.sha256).toBe(sha256(canonicalJson(['Do'])));
    expect(refused).toMatchObject({ error: 'InvalidRequestException', objectIds: ['Nope'] });
    expect(deleted).toMatchObject({ before: put?.after });
  });

  it('has the digest of the definition as readers see it, and its version where a secret alone was changed', async () => {
    const pipelineId = await aPipeline('digests');
    const put = (pipelineObjects: ReturnType<typeof OBJECTS>) =>
      api.client().send(new PutPipelineDefinitionCommand({ pipelineId, pipelineObjects }));
    await put(OBJECTS('one'));
    const shown = maskSecrets(await api.definition(pipelineId));
    const [first] = await records(`pipelineId=${pipelineId}`);
    expect(first?.after?.sha256).toBe(createHash('sha256').update(canonicalJson(shown)).digest('hex'));

    await put(
      JSON.parse(JSON.stringify(OBJECTS('one')).replace(SECRET, 'another')) as ReturnType<typeof OBJECTS>,
    );
    const [second] = await records(`pipelineId=${pipelineId}`);
    expect(second?.before).toEqual(first?.after);
    expect(second?.after).toEqual({ ...first?.after, version: 2 });

    await put(OBJECTS('two'));
    const [third] = await records(`pipelineId=${pipelineId}`);
    expect(third?.after?.sha256).not.toBe(second?.after?.sha256);
  });

  it('holds no secret and nothing of a definition', async () => {
    const all = await (await rest('/v1/audit/export')).text();
    for (const hidden of [SECRET, 'another', '*myToken', 'scheduleType', api.key.secretAccessKey]) {
      expect(all).not.toContain(hidden);
    }
  });

  it('tells of keys by their ids, and of what changed by digests', async () => {
    const post = async (path: string, body?: object): Promise<Record<string, string>> => {
      const answer = await fetch(`${api.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.key.secretAccessKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(answer.status).toBeLessThan(300);
      return (await answer.json()) as Record<string, string>;
    };
    const made = await post('/v1/keys', { name: 'anna', role: 'viewer' });
    const next = await post(`/v1/keys/${made['id']}/rotate`, {});
    const [rotated] = await records('action=penstock:RotateKey');
    const [created] = await records('action=penstock:CreateKey');
    expect(created).toMatchObject({
      protocol: 'rest',
      objectIds: [made['id']],
      parameters: { name: 'anna', role: 'viewer' },
      after: { of: 'key' },
    });
    expect(rotated).toMatchObject({ objectIds: [made['id'], next['id']], before: created?.after });
    expect(rotated?.after?.sha256).not.toBe(rotated?.before?.sha256);
    const secrets = [made, next].flatMap((key) => [key['secretAccessKey'], key['token'], key['secret']]);
    const all = await (await rest('/v1/audit/export')).text();
    for (const secret of secrets) if (secret !== undefined) expect(all).not.toContain(secret);
    expect(secrets.some((secret) => secret !== undefined)).toBe(true);
  });

  it('tells of a task before it is given out, by its attempt, and gives none out that it cannot tell of', async () => {
    const tasks = api.app.get(RunnerTasks, { strict: false });
    const store = api.app.get(AuditStore, { strict: false });
    const [poll, append] = [tasks.poll.bind(tasks), store.append.bind(store)];
    const attemptId = '@Do_2030-01-01T00:00:00_Attempt=1';
    const task = { taskId: 'T', pipelineId: 'df-TASK', attemptId, objects: {} };
    const ask = () => api.client().send(new PollForTaskCommand({ workerGroup: 'wg', hostname: 'h' }));
    try {
      tasks.poll = async () => undefined;
      expect((await ask()).taskObject).toBeUndefined();
      tasks.poll = async () => task;
      expect((await ask()).taskObject).toMatchObject({ attemptId });
      expect(await records('action=datapipeline:PollForTask')).toMatchObject([
        { outcome: 'ok', pipelineId: 'df-TASK', objectIds: [attemptId], workerGroup: 'wg' },
      ]);
      store.append = () => Promise.reject(new Error('disk full'));
      await expect(ask()).rejects.toMatchObject({ name: 'InternalServiceError' });
    } finally {
      tasks.poll = poll;
      store.append = append;
    }
  });

  it('has no word of calls that only read', async () => {
    const { sequence: before } = await api.app.get(AuditStore, { strict: false }).head();
    await api.client().send(new ListPipelinesCommand({}));
    await rest('/v1/pipelines');
    await rest('/v1/audit');
    const { sequence } = (await (await rest('/v1/audit/head')).json()) as { sequence: number };
    expect(sequence).toBe(before);
  });

  it('refuses a change that cannot be noted before it begins, and changes nothing', async () => {
    const pipelineId = await aPipeline('kept');
    const store = api.app.get(AuditStore, { strict: false });
    const begin = store.begin.bind(store);
    store.begin = () => Promise.reject(new Error('disk full'));
    try {
      await expect(api.client().send(new DeletePipelineCommand({ pipelineId }))).rejects.toMatchObject({
        name: 'InternalServiceError',
        message: expect.stringContaining('has changed nothing'),
      });
    } finally {
      store.begin = begin;
    }
    await api.client().send(new DescribePipelinesCommand({ pipelineIds: [pipelineId] }));
    expect(api.logLines.some((line) => line.includes('An audit record cannot be written'))).toBe(true);
  });

  it('does not say that a change was made whose record cannot be written; the note of it stays', async () => {
    const store = api.app.get(AuditStore, { strict: false });
    const append = store.append.bind(store);
    store.append = () => Promise.reject(new Error('disk full'));
    try {
      await expect(aPipeline('unrecorded')).rejects.toMatchObject({
        name: 'InternalServiceError',
        message: expect.stringContaining('was carried out'),
      });
    } finally {
      store.append = append;
    }
    expect(await store.appendOverdue(new Date(Date.now() + 60_000))).toBe(1);
    expect(await records('outcome=unknown')).toMatchObject([
      { action: 'datapipeline:CreatePipeline', outcome: 'unknown', parameters: {} },
    ]);
  });
});

describe('the audit log of refused calls', () => {
  it('names the address that a trusted proxy tells, and the credential that was claimed', async () => {
    const wrong = api.client({ secretAccessKey: 'wrong' });
    await wrong.send(new ListPipelinesCommand({})).catch(() => null);
    await fetch(`${api.url}/v1/pipelines`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    await fetch(`${api.url}/v1/pipelines`, { headers: { authorization: 'Bearer guessed' } });
    await expect.poll(async () => (await records('outcome=unauthenticated')).length).toBe(3);
    const found = (await records('outcome=unauthenticated')).toReversed();
    expect(found[0]).toMatchObject({
      action: 'datapipeline:ListPipelines',
      error: 'InvalidSignatureException',
      claimedCredentialId: api.key.accessKeyId,
      source: { address: '127.0.0.1' },
    });
    expect(found[0]).not.toHaveProperty('actor');
    expect(found[1]).toMatchObject({
      action: 'datapipeline:ListPipelines',
      protocol: 'rest',
      source: { address: '203.0.113.9' },
    });
    expect(JSON.stringify(found)).not.toContain('guessed');
  });

  it('names the address of a client that hangs up before it has its answer', async () => {
    const { port } = new URL(api.url);
    const before = (await records('outcome=unauthenticated')).length;
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /v1/audit HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(async () => (await records('outcome=unauthenticated')).length).toBe(before + 1);
    socket.destroy();
    const accepted = once(api.app.getHttpServer() as Server, 'connection');
    const hasty = connect(Number(port), '127.0.0.1');
    await Promise.all([accepted, once(hasty, 'connect')]);
    hasty.write('GET /v1/audit HTTP/1.1\r\nHost: x\r\n\r\n', () => hasty.resetAndDestroy());
    await expect.poll(async () => (await records('outcome=unauthenticated')).length).toBe(before + 2);
    for (const record of await records('outcome=unauthenticated&limit=2')) {
      expect(record.source?.address).toBe('127.0.0.1');
    }
  });

  it('names who may not do what, in both protocols, also where the answer hides the pipeline', async () => {
    const pipelineId = await aPipeline('not for all');
    const made = await fetch(`${api.url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key.secretAccessKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'viola', role: 'viewer' }),
    });
    const { id, secretAccessKey } = (await made.json()) as { id: string; secretAccessKey: string };
    const viola = api.client({ accessKeyId: id, secretAccessKey });
    await expect(viola.send(new DeletePipelineCommand({ pipelineId }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const headers = { authorization: `Bearer ${secretAccessKey}` };
    expect((await fetch(`${api.url}/v1/audit`, { headers })).status).toBe(403);
    await expect.poll(async () => (await records('outcome=denied')).length).toBe(2);
    const actor = { arn: 'arn:aws:iam::000000000000:user/viola', role: 'viewer', credentialId: id };
    expect((await records('outcome=denied')).toReversed()).toMatchObject([
      { actor, action: 'datapipeline:DeletePipeline', pipelineId, error: 'AccessDeniedException' },
      { actor, action: 'penstock:ReadAudit', protocol: 'rest', error: 'AccessDeniedException' },
    ]);
  });

  it('is bounded: who calls again and again is counted', async () => {
    const before = await records('outcome=unauthenticated&limit=1000');
    const calls = 60;
    for (let call = 0; call < calls; call++) {
      await fetch(`${api.url}/v1/pipelines`, { headers: { 'x-forwarded-for': '203.0.113.77' } });
    }
    api.app.get(AuditLog, { strict: false }).closeWindow();
    await expect.poll(async () => (await records('outcome=unauthenticated'))[0]?.repeated).toBeDefined();
    const found = await records('outcome=unauthenticated&limit=1000');
    expect(found.length - before.length).toBe(11);
    expect(found[0]?.repeated).toMatchObject({
      count: calls - 10,
      sources: [{ source: '203.0.113.77', count: calls - 10 }],
    });
  });
});

describe('/v1/audit', () => {
  it('exports what verifies, from any record on, up to its head', async () => {
    const head = (await (await rest('/v1/audit/head')).json()) as { sequence: number; hash: string };
    const answer = await rest('/v1/audit/export');
    expect(answer.headers.get('content-type')).toBe('application/jsonl');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const verifier = new AuditVerifier(sha256, { checkpoint: head });
    verifier.write(bytes);
    expect(verifier.end()).toEqual({ fits: true, records: head.sequence, head });

    const [, after] = await records('limit=2');
    const rest1 = await (await rest(`/v1/audit/export?after=${after?.sequence}`)).text();
    expect(rest1.trimEnd().split('\n')).toHaveLength(1);
  });

  it('pages, newest first', async () => {
    const all = (await records('limit=1000')).map(({ sequence }) => sequence);
    const paged: number[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const answer = await rest(`/v1/audit?limit=7${next === '' ? '' : `&after=${next}`}`);
      const page = (await answer.json()) as { records: AuditRecord[]; next?: string };
      paged.push(...page.records.map(({ sequence }) => sequence));
      next = page.next;
      if (next !== undefined) expect(next).toBe(Buffer.from(`audit:${paged.at(-1)}`).toString('base64url'));
    }
    expect(paged).toEqual(all);
  });

  it.each([
    'outcome=fine',
    'from=yesterday',
    'limit=0',
    'after=x',
    'after=12',
    `after=${Buffer.from('keys:12').toString('base64url')}`,
    `after=${Buffer.from('audit:x').toString('base64url')}`,
  ])('refuses %s', async (query) => {
    expect((await rest(`/v1/audit?${query}`)).status).toBe(400);
  });

  it('wants a token', async () => {
    expect((await fetch(`${api.url}/v1/audit`)).status).toBe(401);
  });
});

describe('penstock audit', () => {
  async function penstock(
    argv: readonly string[],
    files: Readonly<Record<string, string | Uint8Array>> = {},
  ): Promise<{ readonly exit: number; readonly out: string; readonly err: string }> {
    let [out, err] = ['', ''];
    const exit = await runCli(['audit', ...argv], {
      out: async (text) => void (out += text),
      err: (text) => void (err += text),
      read: async (path) => {
        const file = files[path];
        if (file === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
        return Buffer.from(file);
      },
      env: { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: api.key.secretAccessKey },
    });
    return { exit, out, err };
  }

  it('verifies the server, and an export offline against its checkpoint; names the record of one changed byte', async () => {
    const { out: head } = await penstock(['head']);
    expect(head).toMatch(/^\d+:[0-9a-f]{64}\n$/);
    expect(await penstock(['verify', '--checkpoint', head.trim()])).toMatchObject({
      exit: 0,
      out: expect.stringContaining(`checkpoint ${Number.parseInt(head)} fits`),
    });
    const { out: exported } = await penstock(['export']);
    const newest = JSON.parse(exported.trimEnd().split('\n').at(-1) ?? '') as AuditRecord;
    const files = { 'audit.jsonl': exported, 'head.txt': printHead(newest) };
    const verify = ['verify', 'audit.jsonl', '--checkpoint', 'head.txt'];
    expect(await penstock(verify, files)).toMatchObject({ exit: 0 });

    const changed = Buffer.from(exported);
    const third = exported.indexOf('\n', exported.indexOf('\n') + 1) + 1;
    const at = exported.indexOf('"ok"', third) + 1;
    changed[at] = (changed[at] ?? 0) ^ 1;
    const line = changed.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
    expect(await penstock(['verify', 'audit.jsonl'], { ...files, 'audit.jsonl': changed })).toMatchObject({
      exit: 1,
      out: expect.stringContaining(`audit.jsonl: line ${line} (record ${line}) was changed`),
    });
    const cut = exported.slice(0, exported.lastIndexOf('\n', exported.length - 2) + 1);
    expect(await penstock(['verify', 'audit.jsonl'], { ...files, 'audit.jsonl': cut })).toMatchObject({
      exit: 0,
    });
    expect(await penstock(verify, { ...files, 'audit.jsonl': cut })).toMatchObject({ exit: 1 });
  });

  it('exports in the form of CloudTrail, and lists', async () => {
    const { out } = await penstock(['export', '--format', 'cloudtrail', '--region', 'eu-west-1']);
    const { Records } = JSON.parse(out) as { Records: { eventName: string; awsRegion: string }[] };
    expect(Records.length).toBeGreaterThan(20);
    expect(Records[0]).toMatchObject({ eventName: 'CreatePipeline', awsRegion: 'eu-west-1' });
    const listed = await penstock(['list', '--action', 'datapipeline:AddTags']);
    expect(listed.out).toMatch(/default +AddTags +df-\w+ +ok/);
  });

  it('lists as many as are wanted, over pages, and goes on from there', async () => {
    const list = async (argv: readonly string[]) => {
      const { out } = await penstock(['list', '--json', ...argv]);
      return JSON.parse(out) as { records: AuditRecord[]; next?: string };
    };
    const [newest] = await records('limit=1');
    const many = 1_100;
    await api.app.get(AuditStore, { strict: false }).append(
      Array.from({ length: many }, () => ({
        entry: {
          id: randomUUID(),
          at: new Date().toISOString(),
          action: 'test:Fill',
          outcome: 'ok' as const,
        },
        begun: false,
      })),
    );
    const filled = await list(['--action', 'test:Fill', '--limit', '5000']);
    expect(filled.records).toHaveLength(many);
    expect(filled).not.toHaveProperty('next');
    const first = await list(['--action', 'test:Fill', '--limit', '1001']);
    expect(first.records.at(-1)?.sequence).toBe((newest?.sequence ?? 0) + many - 1000);
    const rest1 = await list(['--action', 'test:Fill', '--limit', '200', '--after', first.next ?? '']);
    expect([...first.records, ...rest1.records]).toEqual(filled.records);
  });

  it.each([
    [['list', '--limit', '0'], '--limit "0": expected a whole number from 1 to 100000'],
    [['list', '--after', '12'], 'after "12": expected one value, the `next` of the page before'],
    [['verify', 'nothing.jsonl'], '"nothing.jsonl" cannot be read: there is no such file'],
    [['verify', 'x', '--checkpoint', 'head.txt'], '--checkpoint "head.txt" holds no checkpoint'],
    [['export', '--after', 'yesterday'], '--after "yesterday": expected the number of a record'],
    [['list', '--from', 'yesterday'], 'yesterday'],
  ])('%s is told what is wrong', async (argv, problem) => {
    const { exit, err } = await penstock(argv, { 'head.txt': 'hello' });
    expect(exit).toBe(2);
    expect(err).toContain(problem);
  });
});
