import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourly } from './definitions.js';
import { startApi, type TestApi } from './api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const FILE = {
  objects: [
    { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Hourly' }, workerGroup: 'wg' },
    { id: 'Hourly', type: 'Schedule', period: '1 hour', startDateTime: '2030-01-01T00:00:00' },
    { id: 'Say', type: 'ShellCommandActivity', command: 'echo #{@scheduledStartTime} #{@attemptCount}' },
    { id: 'Tell', type: 'ShellCommandActivity', command: '#{*mySecret}', dependsOn: { ref: 'Say' } },
  ],
  values: { '*mySecret': 'tops3cret' },
};
const RANGE = { from: '2030-01-01', to: '2030-01-01T03:00:00' };

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly body: { instances: Record<string, unknown>[]; truncated: boolean; detail: string; warnings: [] };
}

async function plan(body: unknown, token = api.key.secretAccessKey): Promise<Answer> {
  const answer = await fetch(`${api.url}/v1/plan`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text,
    body: JSON.parse(text) as Answer['body'],
  };
}

describe('POST /v1/plan', () => {
  it('plans a definition of either form', async () => {
    const ofFile = await plan({ definition: FILE, ...RANGE });
    expect(ofFile.status).toBe(200);
    expect(ofFile.body.truncated).toBe(false);
    expect(ofFile.body.instances.map(({ id }) => id)).toEqual(
      ['00', '01', '02'].flatMap((hour) =>
        ['Say', 'Tell'].map((object) => `@${object}_2030-01-01T${hour}:00:00`),
      ),
    );
    expect(ofFile.body.instances[1]).toMatchObject({
      taskQueue: 'wg:wg',
      dependencies: [{ instanceId: '@Say_2030-01-01T00:00:00', reason: 'dependsOn', elsewhere: false }],
      fields: { command: ['********'] },
    });
    expect(ofFile.body.instances[0]).toMatchObject({
      fields: { command: [{ unresolved: expect.stringContaining('@attemptCount') }] },
    });
    expect(ofFile.text).not.toContain('s3cret');
    const ofApi = await plan({ definition: hourly(), values: { myCommand: 'uptime' }, ...RANGE });
    expect(ofApi.body.instances).toHaveLength(3);
    expect(ofApi.body.instances[0]).toMatchObject({ fields: { command: ['uptime'] } });
  });

  it('says that it left some out', async () => {
    const cut = await plan({ definition: FILE, from: '2030-01-01', to: '2130-01-01', limit: 5 });
    expect(cut.body).toMatchObject({ truncated: true, instances: { length: 5 } });
    const whole = await plan({ definition: FILE, ...RANGE, limit: 6 });
    expect(whole.body).toMatchObject({ truncated: false, instances: { length: 6 } });
  });

  it('wants a secret key as bearer token', async () => {
    expect((await plan({ definition: FILE, ...RANGE }, 'wrong')).status).toBe(401);
  });

  it.each([
    ['{', 400, 'not JSON'],
    [{}, 400, "'definition'"],
    [{ definition: 'text', ...RANGE }, 400, "'definition'"],
    [{ definition: FILE, from: 'monday', to: '2030-01-02' }, 400, 'from "monday" is not an instant'],
    [{ definition: FILE, from: '2030-01-02', to: '2030-01-01' }, 400, 'before from "2030-01-02"'],
    [{ definition: FILE, ...RANGE, limit: 0 }, 400, "'limit'"],
    [{ definition: FILE, ...RANGE, limit: 10_001 }, 400, "'limit'"],
    [{ definition: FILE, ...RANGE, values: { '*mySecret': 5 } }, 400, '"*mySecret" is no text'],
    [{ definition: { objects: 1 }, ...RANGE }, 422, '"objects" is a number'],
    [
      { definition: { objects: [{ id: 'X', type: 'CopyActivty' }] }, ...RANGE },
      422,
      'did you mean "CopyActivity"',
    ],
  ])('refuses %j', async (body, status, detail) => {
    const answer = await plan(body);
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(answer.body.detail).toContain(detail);
    expect(answer.text).not.toContain('s3cret');
  });
});
