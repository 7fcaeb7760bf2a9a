import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { install, valuesFor } from '../../examples/web-logs/install.mjs';
import { describe as describeRuns } from '../../examples/web-logs/watch.mjs';
import { startFakeApi, type FakeApi } from './fake-api.js';

let api: FakeApi;
let home = '';
const lines: string[] = [];

beforeEach(async () => {
  api = await startFakeApi();
  home = await mkdtemp(join(tmpdir(), 'web-logs-'));
  await writeFile(
    join(home, 'credentials'),
    '[other]\naws_access_key_id = no\n\n[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret/with+signs=\n',
  );
  lines.length = 0;
});
afterEach(async () => {
  await api.close();
  await rm(home, { recursive: true });
});

const installHere = (options: { lateSeconds?: number; signal?: AbortSignal } = {}) =>
  install({
    endpoint: api.endpoint,
    home,
    lateSeconds: 0,
    watch: false,
    log: (line) => lines.push(line),
    ...options,
  });
const rawLogs = async () => (await readdir(join(home, 'examples', 'web-logs', 'raw'))).sort();

describe('installer of the example', () => {
  it('puts 13 logs, activates the pipeline, and then the last log', async () => {
    const result = await installHere();
    expect(api.calls).toEqual([
      'CreatePipeline',
      'DescribePipelines',
      'GetPipelineDefinition',
      'PutPipelineDefinition',
      'ActivatePipeline',
    ]);
    expect(api.definition.pipelineObjects).toHaveLength(12);
    expect(await rawLogs()).toHaveLength(14);
    expect(result?.reports).toBe(`file://${join(home, 'examples', 'web-logs', 'reports')}`);
    expect(await readdir(join(home, 'examples', 'web-logs', 'program'))).toContain('weekly-report.sh');
  });

  it('goes on where it was ended: the late log still comes, nothing is put or activated twice', async () => {
    const end = new AbortController();
    const first = installHere({ lateSeconds: 3_600, signal: end.signal });
    const ended = expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => lines.some((line) => line.includes('will arrive in 3600 s'))).toBe(true);
    expect(await rawLogs()).toHaveLength(13);
    end.abort();
    await ended;

    const start = api.definition.parameterValues?.find(({ id }) => id === 'myStart')?.stringValue;
    await installHere();
    expect(await rawLogs()).toHaveLength(14);
    expect((await rawLogs())[0]).toBe(`access-${start?.slice(0, 10)}.log`);
    for (const once of ['CreatePipeline', 'PutPipelineDefinition', 'ActivatePipeline']) {
      expect(api.calls.filter((call) => call === once)).toHaveLength(1);
    }
  });

  it('keeps to the two weeks it began with, and activates what was only put', async () => {
    api.failures.set('ActivatePipeline', 'InvalidRequestException');
    await expect(installHere()).rejects.toThrow('by order of the test');
    api.definition.parameterValues?.splice(0, Infinity, {
      id: 'myStart',
      stringValue: '2026-01-04T00:00:00',
    });
    await rm(join(home, 'examples', 'web-logs', 'raw'), { recursive: true });
    await installHere();
    expect(api.state).toBe('SCHEDULED');
    expect((await rawLogs()).at(-1)).toBe('access-2026-01-17.log');
  });

  it.each(['FINISHED', 'INACTIVE'])('leaves a pipeline that is %s as it is', async (state) => {
    api.state = state;
    await installHere();
    expect(api.calls).toEqual(['CreatePipeline', 'DescribePipelines']);
  });

  it('does not bring back what its user deleted', async () => {
    await installHere();
    api.calls.length = 0;
    api.state = 'DELETED';
    await installHere();
    expect(api.calls).not.toContain('CreatePipeline');
  });

  it('installs anew when the store has never heard of the pipeline', async () => {
    await installHere();
    api.calls.length = 0;
    api.failures.set('DescribePipelines', 'PipelineNotFoundException');
    await installHere();
    expect(api.calls[1]).toBe('CreatePipeline');
  });

  it('says which file has no key', async () => {
    await writeFile(join(home, 'credentials'), '[other]\n');
    await expect(installHere()).rejects.toThrow(
      `${join(home, 'credentials')} has no key for the profile "default"`,
    );
  });
});

it.each([
  ['2026-11-21T04:00:00Z', '2026-11-01T00:00:00'], // a Saturday
  ['2026-11-22T00:00:00Z', '2026-11-08T00:00:00'], // a Sunday
  ['2027-01-06T23:59:59Z', '2026-12-20T00:00:00'],
])('starts on the Sunday before the last two whole weeks (%s)', (now, start) => {
  expect(valuesFor({ uri: 'file:///x', now: new Date(now) })['myStart']).toBe(start);
});

describe('what the watcher tells', () => {
  const copies = (finished: number) =>
    Array.from({ length: 14 }, (_, day) => ({
      id: `@ArchiveLog_${day}`,
      componentId: 'ArchiveLog',
      status: day < finished ? 'FINISHED' : 'WAITING_ON_DEPENDENCIES',
      start: `2026-11-${String(day + 1).padStart(2, '0')}T00:00:00`,
      waitingOn: day < finished ? [] : ['@RawLog_13'],
    }));
  const report = (status: string, error?: string) => ({
    id: '@WeeklyReport_8',
    componentId: 'WeeklyReport',
    status,
    start: '2026-11-08T00:00:00',
    waitingOn: status === 'FINISHED' ? [] : ['@ArchiveLog_13'],
    ...(error === undefined ? {} : { error }),
  });

  it('names the chain of what the report waits for', () => {
    expect(describeRuns([...copies(13), report('WAITING_ON_DEPENDENCIES')])).toEqual([
      'archived 13 of 14 days',
      'report of the week from 2026-11-08 waits: @ArchiveLog_13 <- @RawLog_13',
    ]);
  });

  it('tells of success, and of failure with its reason', () => {
    expect(describeRuns([...copies(14), report('FINISHED')])).toEqual([
      'archived 14 of 14 days',
      'report of the week from 2026-11-08 is FINISHED',
    ]);
    expect(describeRuns([report('FAILED', 'exit status 1')])).toContain(
      '@WeeklyReport_8 is FAILED: exit status 1',
    );
  });
});
