import { execFile } from 'node:child_process';
import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackfillStore } from '../../src/store/backfill-store.js';
import { Database } from '../../src/store/database.js';
import { TemporalClient } from '../../src/temporal/temporal.module.js';
import { backfillWorkflowId } from '../../workflows/contract.js';
import { buildProcess, type BuiltProcess } from '../activity/built-runner.js';
import { startApi, type TestApi } from '../api/api.js';
import { hourly } from '../api/definitions.js';

let api: TestApi;
let built: BuiltProcess;
beforeAll(async () => {
  built = buildProcess(['cli', 'formats', 'model'], 'cli/main.js');
  api = await startApi();
});
afterAll(async () => {
  await api.close();
  built.remove();
});

function penstock(...argv: readonly string[]): Promise<{ exit: number; out: string; err: string }> {
  const env = { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: api.key.secretAccessKey };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [built.main, ...argv], { env }, (_error, out, err) =>
      resolve({ exit: child.exitCode ?? -1, out, err }),
    );
  });
}

async function aPipeline(): Promise<string> {
  const client = api.client();
  const { pipelineId = '' } = await client.send(
    new CreatePipelineCommand({ name: 'p', uniqueId: crypto.randomUUID() }),
  );
  const definition = hourly('date');
  for (const { fields = [] } of definition.pipelineObjects) {
    for (const field of fields) {
      if (field.key === 'startDateTime') field.stringValue = '2020-01-01T00:00:00';
    }
  }
  await client.send(new PutPipelineDefinitionCommand({ pipelineId, ...definition }));
  await client.send(new ActivatePipelineCommand({ pipelineId }));
  return pipelineId;
}

describe('penstock backfill', () => {
  it('starts one, lists it, shows it, and cancels it', async () => {
    const id = await aPipeline();
    expect((await penstock('backfill', 'list', id)).err).toBe(`${id} has no backfills\n`);
    const range = ['--from', '2020-01-01', '--to', '2020-01-02'];
    const started = await penstock('backfill', id, ...range, '--object', 'Say', '--max-active', '2');
    const backfill = /^bf-\w+/.exec(started.out)?.[0] ?? '';
    expect(started).toEqual({
      exit: 0,
      out:
        `${backfill}  RUNNING\n` +
        '  Hourly: intervals from 2020-01-01T00:00:00 to 2020-01-02T00:00:00, at most 2 at a time, rerun: missing\n' +
        '  only Say\n' +
        '  3 in all: 0 finished, 0 failed, 0 with nothing to do, 0 running, 3 left\n',
      err: '',
    });
    const counts = { finished: 1, failed: 1, unchanged: 0 };
    const store = new BackfillStore(api.app.get(Database));
    await store.report(id, backfill, { state: 'RUNNING', counts, running: 1, note: 'Look.' });
    const shown = await penstock('backfill', 'show', id, backfill);
    expect(shown.out).toContain('3 in all: 1 finished, 1 failed, 0 with nothing to do, 1 running, 0 left\n');
    expect(shown.out).toMatch(/ends about \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d at this speed\n {2}Look\.\n$/);
    expect((await penstock('backfill', 'list', id)).out).toBe(
      'id               state    intervals                                   done    failed\n' +
        `${backfill}  RUNNING  2020-01-01T00:00:00 to 2020-01-02T00:00:00  2 of 3  1\n`,
    );
    await api.app.get(TemporalClient).workflow.getHandle(backfillWorkflowId(id, backfill)).terminate();
    expect((await penstock('backfill', 'cancel', id, backfill, '--running')).out).toContain('CANCELED');
    const paused = await penstock('backfill', 'pause', id, backfill);
    expect(paused.exit).toBe(2);
    expect(paused.err).toContain(`Backfill ${backfill} is CANCELED: there is nothing to pause`);
  });

  it.each([
    [['backfill', 'df-1'], "required option '--from <time>' not specified"],
    [['backfill', 'df-1', '--from', 'then'], '--from "then"'],
    [['backfill', 'df-1', '--from', '2020-01-01', '--max-active', 'many'], '--max-active "many"'],
    [['backfill', 'df-1', '--from', '2020-01-01', '--rerun', 'some'], 'missing, failed, all'],
    [['backfill', 'df-1', '--from', '2020-01-01'], 'has no pipeline "df-1"'],
    [['backfill', 'show', 'df-1'], "missing required argument 'backfill'"],
  ])('%j is wrong', async (argv, text) => {
    const { exit, err } = await penstock(...argv);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(text) });
  });
});
