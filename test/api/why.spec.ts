import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../cli/program.js';
import type { Why } from '../../model/instance/why-facts.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { newInstanceOf, planInterval } from '../../model/instance/plan.js';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import {
  aTestEngine,
  commandFailed,
  midnight,
  newDatabaseUrl,
  notYet,
  type Script,
} from '../engine/test-engine.js';
import { shell } from '../engine/definitions.js';
import { anEmptyNamespace, aWhyApi, type WhyApi } from './why-api.js';

const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' };
const yesterday = midnight(-1);
/** One interval, yesterday. */
const ONE_DAY = {
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime: yesterday,
  occurrences: '1',
};
const at = (name: string, time = yesterday): string => `@${name}_${time}`;

async function anEngineAndApi(script?: Script) {
  const engine = await aTestEngine(script);
  return { engine, api: await aWhyApi(engine) };
}

/** Asks until the answer is as expected: Temporal and the ledger follow each other. */
async function whyOnce(
  api: WhyApi,
  pipelineId: string,
  id: string,
  holds: (why: Why) => boolean,
): Promise<Why> {
  for (const deadline = Date.now() + 120_000; ; await delay(100)) {
    const why = await api.why(pipelineId, id);
    if (holds(why)) return why;
    if (Date.now() > deadline) throw new Error(`Did not come to hold: ${JSON.stringify(why, undefined, 1)}`);
  }
}

describe('WAITING_FOR_RUNNER', () => {
  it('names the group that nobody polls, those that are polled, and the one that differs in case', async () => {
    const { engine, api } = await anEngineAndApi();
    await engine.serve('Nightly', () => undefined);
    const pipelineId = await engine.activate({
      objects: [
        DEFAULT,
        ONE_DAY,
        shell('Lost', { workerGroup: 'nightly' }),
        shell('Nobody', { workerGroup: 'etl-of-nobody' }),
        shell('Known'),
      ],
    });
    await engine.until(pipelineId, (all) => all[at('Known')] === 'FINISHED');
    const why = await whyOnce(api, pipelineId, at('Lost'), ({ reason }) => reason === 'noRunner');
    expect(why).toMatchObject({
      status: 'WAITING_FOR_RUNNER',
      facts: { workerGroup: 'nightly', polledGroups: ['Nightly', 'wg'], nearMisses: ['Nightly'] },
    });
    expect(why.sentence).toMatch(
      /^@Lost_\S+ waits since \d\d:\d\d:\d\d for a task runner: nobody polls worker group "nightly"; polled are "Nightly", "wg"; names of groups are case-sensitive, and "Nightly" is polled\.$/,
    );
    const nobody = await api.why(pipelineId, at('Nobody'));
    expect(nobody.facts).toMatchObject({ workerGroup: 'etl-of-nobody', since: expect.any(String) });
    expect(nobody.facts).not.toHaveProperty('nearMisses');
  });

  it('says that an object has neither runsOn nor workerGroup', async () => {
    const { engine, api } = await anEngineAndApi();
    const { workerGroup: _none, ...common } = DEFAULT;
    const pipelineId = await engine.activate({ objects: [common, ONE_DAY, shell('Alone')] });
    const why = await whyOnce(api, pipelineId, at('Alone'), ({ reason }) => reason === 'nobody');
    expect(why.sentence).toBe(
      `${at('Alone')} waits for ever: Alone has neither runsOn nor workerGroup, so nobody comes for it.`,
    );
  });

  it('tells when the next attempt begins', async () => {
    const { engine, api } = await anEngineAndApi(() => {
      throw commandFailed();
    });
    const pipelineId = await engine.activate({
      objects: [{ ...DEFAULT, retryDelay: '2 hours' }, ONE_DAY, shell('Again')],
    });
    const why = await whyOnce(api, pipelineId, at('Again'), ({ reason }) => reason === 'retryDelay');
    expect(why.sentence).toMatch(
      /^@Again_\S+ failed its attempt 1 of 3 at [\d:]{8} \(CommandFailed: exit status 1\); the next begins at \S+ \(retryDelay 2 hours\)\.$/,
    );
    const { failedAt, nextAttemptAt } = why.facts;
    expect(Date.parse(String(nextAttemptAt)) - Date.parse(String(failedAt))).toBe(2 * 3_600_000);
  });
});

describe('WAITING_ON_DEPENDENCIES', () => {
  it('follows a weekly report to the precondition of a daily node, with its last answer and next poll', async () => {
    const { engine, api } = await anEngineAndApi((task) => {
      if (task.objectId === 'FileIsThere' && task.scheduledStartTime === `${midnight(-3)}Z`) throw notYet();
    });
    const pipelineId = await engine.activate({
      objects: [
        DEFAULT,
        { ...ONE_DAY, startDateTime: midnight(-7), occurrences: '7' },
        { ...ONE_DAY, id: 'Weekly', period: '1 week', startDateTime: midnight(-7) },
        { id: 'FileIsThere', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r', retryDelay: '1 second' },
        { id: 'Archived', type: 'S3DataNode', filePath: 's3://b/k', precondition: { ref: 'FileIsThere' } },
        shell('Report', { schedule: { ref: 'Weekly' }, input: { ref: 'Archived' }, stage: 'false' }),
      ],
    });
    const asked = ({ because: [node] }: Why): number => Number(node?.because[0]?.facts['asked'] ?? 0);
    const why = await whyOnce(
      api,
      pipelineId,
      at('Report', midnight(-7)),
      (each) => asked(each) > 1 && each.facts['unmet'] === 1,
    );
    expect(why.sentence).toMatch(
      new RegExp(
        `^@Report_\\S+ waits for 1 of 7 instances of Archived: ${at('Archived', midnight(-3))}, because precondition ` +
          'FileIsThere has not held yet \\(asked \\d+ times, last at [\\d:]{8}: not there yet, (next at \\S+|asked again right now|next at any moment)\\)\\.$',
      ),
    );
    expect(why).toMatchObject({ reason: 'dependency', facts: { needs: 7, unmet: 1 }, leftOut: 0 });
    const check = why.because[0]?.because[0];
    expect(check).toMatchObject({
      instanceId: at('FileIsThere_Archived', midnight(-3)),
      reason: 'notYet',
      facts: { lastAnswer: 'not there yet', lastAnswerType: 'NotYet', retryDelay: '1 second' },
    });
  });

  it('says that it waits for ever when a dependency failed without cascade, and whom to rerun', async () => {
    const { engine, api } = await anEngineAndApi((task) => {
      if (task.objectId === 'Load') throw commandFailed();
    });
    const pipelineId = await engine.activate({
      objects: [
        { ...DEFAULT, maximumRetries: '0' },
        ONE_DAY,
        shell('Load'),
        shell('Clean', { dependsOn: { ref: 'Load' } }),
        shell('Report', { dependsOn: { ref: 'Clean' } }),
      ],
    });
    await engine.until(pipelineId, (all) => all[at('Load')] === 'FAILED');
    const why = await api.why(pipelineId, at('Report'));
    expect(why.sentence).toMatch(
      new RegExp(
        `^${at('Report')} waits for ${at('Clean')}, which waits for ${at('Load')}, which failed at [\\d:]{8} after 1 attempt ` +
          `\\(CommandFailed: exit status 1\\); since failureAndRerunMode of Clean is not cascade, it waits for ever: ` +
          `rerun ${at('Load')} or mark it finished\\.$`,
      ),
    );
    expect((await api.why(pipelineId, at('Load'))).facts).toMatchObject({
      errorId: 'CommandFailed',
      errorMessage: 'exit status 1',
      attempts: 1,
    });
  });

  it('follows a chain to its end, however long it is', async () => {
    const { engine, api } = await anEngineAndApi();
    const links = Array.from({ length: 40 }, (_, link) =>
      shell(`L${link}`, link === 0 ? { workerGroup: 'gone' } : { dependsOn: { ref: `L${link - 1}` } }),
    );
    const pipelineId = await engine.activate({ objects: [DEFAULT, ONE_DAY, ...links] });
    const ends = ({ sentence }: Why): boolean => sentence.includes('worker group "gone"');
    const why = await whyOnce(api, pipelineId, at('L39'), ends);
    expect(why.sentence).toMatch(
      /^@L39_\S+ waits for @L38_\S+, which waits for .*, and so on over 35 more instances to @L0_\S+, which waits since /,
    );
    let [last, parts] = [why, 1];
    for (let next = why.because[0]; next !== undefined; parts++) [last, next] = [next, next.because[0]];
    expect(last).toMatchObject({ instanceId: at('L0'), reason: 'noRunner' });
    expect(parts).toBeLessThan(20);
  });

  it('tells the chain of a cascade, and what a user or an activation has ended', async () => {
    const { engine, api } = await anEngineAndApi((task) => {
      if (task.objectId === 'Load') throw commandFailed();
    });
    const pipelineId = await engine.activate({
      objects: [
        { ...DEFAULT, maximumRetries: '0', failureAndRerunMode: 'cascade' },
        ONE_DAY,
        shell('Load'),
        shell('Clean', { dependsOn: { ref: 'Load' } }),
        shell('Report', { dependsOn: { ref: 'Clean' } }),
        shell('Stuck', { workerGroup: 'nobody-there' }),
      ],
    });
    await engine.until(pipelineId, (all) => all[at('Report')] === 'CASCADE_FAILED');
    const why = await api.why(pipelineId, at('Report'));
    expect(why).toMatchObject({
      reason: 'cascadeFailed',
      facts: { cascadeFailedOn: [at('Load'), at('Clean')] },
      because: [{ instanceId: at('Load'), reason: 'failed' }],
    });
    expect(why.sentence).toMatch(
      /, by way of @Clean_\S+, because of @Load_\S+, which failed at .* rerun @Load_\S+: .*follows\.$/,
    );
    await engine.engine.setStatus(pipelineId, [at('Stuck')], 'CANCEL');
    await engine.until(pipelineId, (all) => all[at('Stuck')] === 'CANCELED');
    expect((await api.why(pipelineId, at('Stuck'))).sentence).toMatch(
      /was canceled at \S+: Canceled by user\.$/,
    );
  });

  it('names who holds maxActiveInstances, on which host it runs, and who comes before', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { engine, api } = await anEngineAndApi(async (_task, context) => {
      context.heartbeat({});
      await held;
    });
    const [first, second, third] = [midnight(-3), midnight(-2), midnight(-1)];
    const pipelineId = await engine.activate({
      objects: [
        { ...DEFAULT, maxActiveInstances: '1' },
        { ...ONE_DAY, startDateTime: first, occurrences: '3' },
        shell('Copy'),
      ],
    });
    const holder = await whyOnce(api, pipelineId, at('Copy', first), ({ reason }) => reason === 'running');
    expect(holder.sentence).toMatch(/ is RUNNING on .+ since [\d:]{8}, attempt 1 of 3; /);
    const why = await whyOnce(api, pipelineId, at('Copy', third), ({ facts }) => facts['ahead'] === 1);
    expect(why.sentence).toMatch(
      new RegExp(
        `^${at('Copy', third)} is behind 1 other for maxActiveInstances 1 of Copy, held by ${at('Copy', first)}, which is RUNNING on `,
      ),
    );
    expect(await api.why(pipelineId, at('Copy', second))).toMatchObject({
      reason: 'lease',
      facts: { maxActiveInstances: 1, ahead: 0 },
      because: [{ instanceId: at('Copy', first), reason: 'running' }],
    });
    release();
    await engine.until(pipelineId, (all) => all[at('Copy', third)] === 'FINISHED');
    expect((await api.why(pipelineId, at('Copy', third))).sentence).toMatch(
      / is FINISHED since \S+ on test-host\.$/,
    );
  });
});

describe('the engine itself', () => {
  it('says that no control worker is there, and that a run is not in Temporal', async () => {
    const namespace = await anEmptyNamespace();
    const api = await aWhyApi({ namespace, databaseUrl: await newDatabaseUrl() });
    const pipelineId = await aStoredPipeline(api);
    const why = await api.why(pipelineId, at('Copy'));
    expect(why).toMatchObject({ status: 'WAITING_ON_DEPENDENCIES', reason: 'controlWorker' });
    expect(why.sentence).toBe(
      `${at('Copy')} is WAITING_ON_DEPENDENCIES; no control worker polls penstock-control, and nothing goes on without one.`,
    );
    expect(why.facts).toMatchObject({ run: `${pipelineId}/Daily/${yesterday}Z` });
    const next = await api.why(pipelineId, at('Copy', midnight(0)));
    expect(next.sentence).toBe(
      `${at('Copy', midnight(0))} is not made yet: its interval began at 00:00:00, it is the next to be started; its clock, ` +
        'the Temporal Schedule, is gone: activate the pipeline again; no control worker polls penstock-control.',
    );
  });

  it('answers from the ledger while Temporal does not, and says so', async () => {
    const api = await aWhyApi({
      namespace: 'any',
      databaseUrl: await newDatabaseUrl(),
      temporalAddress: '127.0.0.1:1',
    });
    const why = await api.why(await aStoredPipeline(api), at('Copy'));
    expect(why).toMatchObject({ status: 'WAITING_ON_DEPENDENCIES', reason: 'temporal' });
    expect(why.sentence).toMatch(
      / is WAITING_ON_DEPENDENCIES; Temporal does not answer \(.+\), and without it nothing goes on\.$/,
    );
  });
});

/** An activated pipeline whose instance of yesterday is made, and whose run nobody has begun. */
async function aStoredPipeline(api: WhyApi): Promise<string> {
  const pipelines = api.app.get(PipelineStore);
  const { pipelineId } = await pipelines.create({
    name: 'stored',
    uniqueId: 'stored',
    tags: [],
    creator: 'c',
    accountId: '0',
  });
  const file = { objects: [DEFAULT, { ...ONE_DAY, occurrences: '3' }, shell('Copy')] };
  const { definition } = readDefinitionFile(JSON.stringify(file));
  const { definitionVersion } = await pipelines.putDefinition(pipelineId, definition, { errored: false });
  await pipelines.activate(pipelineId, {
    definitionVersion,
    at: new Date(),
    schedules: [{ scheduleId: 'Daily', nextIndex: 1 }],
  });
  const ledger = api.app.get(PostgresLedger);
  const pipeline = compilePipeline(await ledger.readDefinition(pipelineId, definitionVersion));
  const start = new Date(`${yesterday}Z`);
  const plan = planInterval(pipeline, 'Daily', { index: 0, start, end: new Date(`${midnight(0)}Z`) });
  await ledger.createInstances(
    { pipelineId, scheduleId: 'Daily', intervalStart: `${yesterday}Z` },
    plan.instances.map((planned) => newInstanceOf(planned, plan, pipeline)),
  );
  return pipelineId;
}

describe('penstock why', () => {
  it('prints the sentence, then the facts of each instance', async () => {
    const { engine, api } = await anEngineAndApi();
    const pipelineId = await engine.activate({
      objects: [
        DEFAULT,
        ONE_DAY,
        shell('Load', { workerGroup: 'gone' }),
        shell('Say', { dependsOn: { ref: 'Load' } }),
      ],
    });
    await whyOnce(api, pipelineId, at('Load'), ({ reason }) => reason === 'noRunner');
    const penstock = async (...argv: string[]) => {
      let out = '';
      let err = '';
      const exit = await runCli(argv, {
        out: async (text) => void (out += text),
        err: (text) => void (err += text),
        read: () => Promise.reject(new Error('no file')),
        env: { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: api.token },
      });
      return { exit, out, err };
    };
    const { exit, out } = await penstock('why', pipelineId, at('Say'));
    expect(exit).toBe(0);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`${at('Say')} waits for ${at('Load')}, which waits since `);
    expect(out).toMatch(/^ {2}@Load_\S+ waits since/m);
    expect(out).toMatch(/^ {6}workerGroup +gone$/m);
    expect(out).toMatch(/\nAs of \S+; all times are UTC\.\n$/);
    const json = JSON.parse((await penstock('why', pipelineId, at('Say'), '--json')).out) as Why;
    expect(json).toMatchObject({ instanceId: at('Say'), because: [{ reason: 'noRunner' }] });
    expect(await penstock('why', pipelineId, 'Say')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('"Say" can be no instance of pipeline'),
    });
    expect((await penstock('why', 'df-NO', at('Say'))).err).toContain('has no pipeline "df-NO"');
  });
});

describe('not run when expected', () => {
  it('tells timeseries from cron, for activities and for the resource that waits for them', async () => {
    const { engine, api } = await anEngineAndApi();
    const today = midnight(0);
    const pipelineId = await engine.activate({
      objects: [
        { ...DEFAULT, scheduleType: 'timeseries' },
        { ...ONE_DAY, startDateTime: today },
        shell('Copy', { runsOn: { ref: 'Machine' } }),
        { id: 'Machine', type: 'Ec2Resource' },
      ],
    });
    const why = await whyOnce(api, pipelineId, at('Copy', today), ({ status }) => status !== undefined);
    expect(why).toMatchObject({
      reason: 'notYetDue',
      facts: { dueAt: `${midnight(1)}.000Z`, scheduleType: 'timeseries' },
    });
    expect(why.sentence).toBe(
      `${at('Copy', today)} is due at ${midnight(1)}, the end of its interval: with scheduleType timeseries it runs then, with cron at the beginning.`,
    );
    const machine = await whyOnce(api, pipelineId, at('Machine', today), ({ reason }) => reason === 'unused');
    expect(machine.sentence).toBe(
      `${at('Machine', today)} is launched when an activity that runs on it is ready; first ${at('Copy', today)}, which ` +
        why.sentence.slice(at('Copy', today).length + 1),
    );
  });

  it('tells when an interval begins, which intervals there are, and when a window opens', async () => {
    const { engine, api } = await anEngineAndApi();
    const pipelineId = await engine.activate({
      objects: [
        { ...DEFAULT, schedule: { ref: 'Later' } },
        { id: 'Later', type: 'Schedule', period: '1 day', startDateTime: midnight(2), occurrences: '3' },
        { ...ONE_DAY, blackout: `${midnight(-3)}/${midnight(3)}` },
        shell('Copy'),
        shell('Closed', { schedule: { ref: 'Daily' } }),
      ],
    });
    const ticks = ({ facts }: Why): boolean => facts['nextTickAt'] !== undefined;
    const later = await whyOnce(api, pipelineId, at('Copy', midnight(3)), ticks);
    expect(later).not.toHaveProperty('status');
    expect(later.sentence).toBe(
      `${at('Copy', midnight(3))} is not made yet: its interval begins at ${midnight(3)}.`,
    );
    expect(later.facts).toMatchObject({
      schedule: 'Later',
      intervalStart: `${midnight(3)}Z`,
      nextIntervalStart: `${midnight(2)}Z`,
    });
    // Intervals are made within the minute before they start.
    const aheadMs = Date.parse(`${midnight(2)}Z`) - Date.parse(String(later.facts['nextTickAt']));
    expect(aheadMs).toBeGreaterThan(0);
    expect(aheadMs).toBeLessThanOrEqual(60_000);
    const odd = midnight(3).replace('T00', 'T01');
    expect((await api.why(pipelineId, at('Copy', odd))).sentence).toBe(
      `${at('Copy', odd)} cannot be: Later, the schedule of Copy, has no interval that starts then; the nearest are ${midnight(3)} and ${midnight(4)} (UTC).`,
    );
    const closed = await whyOnce(api, pipelineId, at('Closed'), ({ status }) => status !== undefined);
    expect(closed.sentence).toBe(`${at('Closed')} waits for its run window, which opens at ${midnight(3)}.`);
    expect(
      (await api.get(`/v1/pipelines/${pipelineId}/instances/${encodeURIComponent(at('Nothing'))}/why`))
        .status,
    ).toBe(404);
    expect((await api.get(`/v1/pipelines/${pipelineId}/instances/Copy/why`)).status).toBe(404);
    expect((await api.get(`/v1/pipelines/df-NO/instances/Copy/why`)).status).toBe(404);
  });

  it('says that the pipeline was never activated, or is deactivated', async () => {
    const { engine, api } = await anEngineAndApi();
    const { pipelineId: pending } = await api.app
      .get(PipelineStore)
      .create({ name: 'idle', uniqueId: 'idle', tags: [], creator: 'c', accountId: '0' });
    expect((await api.why(pending, at('Copy'))).sentence).toBe(
      `${at('Copy')} was not made: pipeline ${pending} (idle) is PENDING, it was never activated: activate it.`,
    );
    const schedule = { ...ONE_DAY, startDateTime: midnight(0), occurrences: '9' };
    const pipelineId = await engine.activate({
      objects: [DEFAULT, schedule, shell('Copy', { workerGroup: 'nobody-there' })],
    });
    await engine.until(pipelineId, (all) => all[at('Copy', midnight(0))] === 'WAITING_FOR_RUNNER');
    await engine.engine.deactivate(pipelineId, { cancelActive: true });
    await engine.until(pipelineId, (all) => all[at('Copy', midnight(0))] === 'CANCELED');
    const canceled = await whyOnce(
      api,
      pipelineId,
      at('Copy', midnight(0)),
      ({ reason }) => reason === 'canceled',
    );
    expect(canceled.sentence).toMatch(
      /was canceled at \S+: Pipeline deactivated; the next activation takes it up again\.$/,
    );
    const next = await whyOnce(api, pipelineId, at('Copy', midnight(1)), ({ sentence }) =>
      sentence.includes('INACTIVE'),
    );
    expect(next.sentence).toMatch(
      /was not made: pipeline df-\S+ \(.*\) is INACTIVE since \S+; the next activation goes on from there\.$/,
    );
  });
});
