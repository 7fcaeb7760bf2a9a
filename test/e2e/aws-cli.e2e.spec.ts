import { expect, it } from 'vitest';
import { aHome, definitionFile, eventually, parseListRuns, processesOf, startPenstock } from './penstock.js';

it('is driven by the unmodified AWS CLI, from creation to deletion, and leaves nothing behind when it stops', async () => {
  const home = await aHome();
  const penstock = await startPenstock(home);
  const today = new Date().toISOString().slice(0, 10);
  const objects = [
    {
      id: 'Default',
      name: 'Default',
      scheduleType: 'cron',
      schedule: { ref: 'Hourly' },
      workerGroup: 'local',
    },
    {
      id: 'Hourly',
      name: 'Every hour',
      type: 'Schedule',
      period: '1 hour',
      startDateTime: `${today}T00:00:00`,
      occurrences: '1',
    },
    {
      id: 'Say',
      name: 'Say',
      type: 'ShellCommandActivity',
      command: "echo \"ü#{myWord} $1\" '\\t' #{format(@scheduledStartTime, 'YYYY-MM-dd')}",
      scriptArgument: ['one', 'two'],
      myNote: 'kept as it is',
    },
    { id: 'Broken', name: 'Broken', type: 'ShellCommandActivity', command: 'exit 3', maximumRetries: '0' },
    { id: 'Wait', name: 'Wait', type: 'ShellCommandActivity', command: 'true', workerGroup: 'nobody' },
    {
      id: 'Machine',
      name: 'Machine',
      type: 'Ec2Resource',
      role: 'r',
      resourceRole: 'r',
      terminateAfter: '1 hour',
    },
    {
      id: 'OnMachine',
      name: 'OnMachine',
      type: 'ShellCommandActivity',
      command: 'true',
      runsOn: { ref: 'Machine' },
    },
  ];
  const parameters = [{ id: 'myWord', type: 'String', default: 'hello' }];
  const file = await definitionFile(home, { objects, parameters, values: { myWord: 'welt' } });

  const created = await penstock.aws(
    'create-pipeline',
    '--name',
    'cli',
    '--unique-id',
    'cli-1',
    '--tags',
    'key=team,value=data',
  );
  const { pipelineId } = created as { pipelineId: string };
  expect(pipelineId).toMatch(/^df-[A-Z0-9]{20}$/);
  expect(await penstock.aws('create-pipeline', '--name', 'cli', '--unique-id', 'cli-1')).toEqual({
    pipelineId,
  });
  const id = ['--pipeline-id', pipelineId];

  const put = await penstock.aws('put-pipeline-definition', ...id, '--pipeline-definition', file);
  expect(put).toMatchObject({ errored: false, validationErrors: [] });
  // This verb alone takes objects as the API has them (the CLI's own translation does not cover it).
  const wire = [{ id: 'Odd', name: 'Odd', fields: [{ key: 'type', stringValue: 'ShelCommandActivity' }] }];
  const validated = await penstock.aws(
    'validate-pipeline-definition',
    ...id,
    '--pipeline-objects',
    JSON.stringify(wire),
  );
  expect(validated).toMatchObject({ errored: true });
  expect(JSON.stringify(validated)).toContain('ShellCommandActivity');
  const got = (await penstock.aws('get-pipeline-definition', ...id)) as { objects: { id: string }[] };
  const sorted = (all: readonly { readonly id: string }[]) =>
    all.toSorted((a, b) => a.id.localeCompare(b.id));
  expect(sorted(got.objects)).toEqual(sorted(objects));
  expect(got).toMatchObject({ values: { myWord: 'welt' } });

  await penstock.aws('activate-pipeline', ...id);
  const list = async (...more: string[]) =>
    parseListRuns(await penstock.awsText('list-runs', ...id, ...more));
  const rows = await penstock.runsOnce(
    pipelineId,
    (runs) => runs.length === 5 && runs.filter((run) => /FINISHED|FAILED/.test(run.status)).length === 4,
  );
  expect(Object.fromEntries(rows.map((run) => [run.name, run.status]))).toEqual({
    Say: 'FINISHED',
    Broken: 'FAILED',
    Wait: 'WAITING_FOR_RUNNER',
    OnMachine: 'FINISHED',
    Machine: 'FINISHED',
  });
  expect((await list('--status', 'finished')).map((run) => run.name)).toEqual([
    'Machine',
    'OnMachine',
    'Say',
  ]);
  expect((await list('--status', 'failed,waiting_for_runner')).map((run) => run.name)).toEqual([
    'Broken',
    'Wait',
  ]);
  const now = Date.now();
  const at = (ms: number) => new Date(ms).toISOString().slice(0, 19);
  expect(await list('--start-interval', `${at(now - 3_600_000)},${at(now + 60_000)}`)).toHaveLength(5);
  expect(await list('--start-interval', `${at(now - 7_200_000)},${at(now - 3_600_000)}`)).toHaveLength(0);
  expect(await list('--schedule-interval', `${today}T00:00:00,${today}T00:00:00`)).toHaveLength(5);

  expect(await penstock.aws('list-pipelines')).toMatchObject({
    pipelineIdList: [{ id: pipelineId, name: 'cli' }],
  });
  const described = (await penstock.aws('describe-pipelines', '--pipeline-ids', pipelineId)) as {
    pipelineDescriptionList: { fields: { key: string; stringValue: string }[]; tags: unknown }[];
  };
  const description = described.pipelineDescriptionList[0];
  expect(description?.tags).toEqual([{ key: 'team', value: 'data' }]);
  expect(description?.fields).toContainEqual({ key: '@pipelineState', stringValue: 'SCHEDULED' });

  const attempt = (await penstock.aws(
    'describe-objects',
    ...id,
    '--object-ids',
    `@Broken_${today}T00:00:00_Attempt=1`,
  )) as {
    pipelineObjects: { fields: { key: string; stringValue?: string }[] }[];
  };
  const facts = Object.fromEntries(
    (attempt.pipelineObjects[0]?.fields ?? []).map((field) => [field.key, field.stringValue]),
  );
  expect(facts).toMatchObject({ '@status': 'FAILED', errorId: 'CommandFailed' });
  expect(facts['errorMessage']).toContain('3');

  await penstock.aws(
    'set-status',
    ...id,
    '--object-ids',
    `@Broken_${today}T00:00:00`,
    '--status',
    'MARK_FINISHED',
  );
  await eventually(
    () => list('--status', 'finished'),
    (runs) => runs.length === 4,
  );
  await penstock.aws('deactivate-pipeline', ...id);
  await eventually(
    () => penstock.awsText('describe-pipelines', '--pipeline-ids', pipelineId),
    (text) => text.includes('INACTIVE'),
  );
  expect((await list('--status', 'cancelled')).map((run) => run.name)).toEqual(['Wait']);
  await penstock.aws('delete-pipeline', ...id);
  await eventually(
    () =>
      penstock
        .awsText('describe-pipelines', '--pipeline-ids', pipelineId)
        .catch((error: Error) => error.message),
    (text) => text.includes('PipelineDeletedException'),
  );
  await penstock.stop();
  expect(await processesOf(home)).toEqual([]);
}, 300_000);
