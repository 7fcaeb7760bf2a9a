/** Memory and speed of a backfill of many intervals, each of one activity that does nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { line, median, one, plainRow, two, whole } from '../figures.mjs';
import { cpuMs, rssMib, treeMib } from '../memory.mjs';
import { newName, shell } from '../runs.mjs';

const MINUTE_MS = 60_000;
const PERIOD_MINUTES = 15;
const SAMPLE_MS = 1_000;
const QUARTERS = 4;
/** Flat: what the last quarter needs is at most so much more than what the second one does; the first one warms up. */
const FLAT = 1.15;
/** Workflows of the baseline, which needs no more to be known. */
const BARE = 1_000;
/** Without progress for so long it is given up. */
const PATIENCE_MS = 120_000;

export const title = ({ backfill, active }) => `a backfill of ${backfill} intervals, ${active} at a time`;

export async function measure(world, { backfill: count, active, minutes }, say) {
  const bare = await bareRate(world, Math.min(count, BARE), active);
  const call = await world.api();
  say(`passing over ${count} intervals`);
  const { id, from, skippedIn } = await skippedPipeline(world, count);
  say(`passed over after ${whole(skippedIn)} s`);
  const processes = {
    'control worker': world.control.pid,
    API: world.apiProcess.pid,
    'runner that does nothing': world.runner.pid,
    'Temporal (development server)': world.temporal.pid,
    'PostgreSQL, all processes': world.postgresPid,
  };
  const each = async (read) => {
    const sample = {};
    for (const [name, pid] of Object.entries(processes)) sample[name] = await read(pid);
    return sample;
  };
  const look = () => each((pid) => (pid === world.postgresPid ? treeMib(pid) : rssMib(pid)));
  const used = () => each((pid) => cpuMs(pid, { children: pid === world.postgresPid }));
  const [before, usedBefore] = [await look(), await used()];
  const { sent } = await world.statements();
  const startedMs = Date.now();
  const { id: backfillId } = await call('POST', `/v1/pipelines/${id}/backfills`, { from, maxActive: active });

  const quarters = Array.from({ length: QUARTERS }, () => ({ samples: [], endedMs: 0 }));
  let [done, changedMs, told] = [0, Date.now(), 0];
  while (done < count) {
    await sleep(SAMPLE_MS);
    const now = world.ranSoFar(id);
    if (now !== done) changedMs = Date.now();
    done = now;
    const quarter = quarters[Math.min(QUARTERS - 1, Math.floor((QUARTERS * done) / count))];
    const sample = await look();
    quarter.samples.push(sample);
    quarter.endedMs = Date.now();
    const tenths = Math.floor((10 * done) / count);
    if (tenths > told) {
      const memory = Object.entries(sample).map(([name, mib]) => `${name} ${whole(mib)}`);
      say(`${done} of ${count} after ${whole((Date.now() - startedMs) / 1000)} s; MiB: ${memory.join(', ')}`);
    }
    told = tenths;
    if (Date.now() > changedMs + PATIENCE_MS)
      throw new Error(`${done} of ${count} intervals, and no more come`);
    if (Date.now() > startedMs + minutes * MINUTE_MS)
      throw new Error(`${done} of ${count} intervals after ${minutes} minutes: --minutes gives it more`);
  }
  await untilSaid(call, id, backfillId);
  const seconds = (Date.now() - startedMs) / 1000;
  const statements = (await world.statements()).sent - sent;
  const usedAfter = await used();
  await sleep(10_000); // what it comes to rest at
  const after = await look();

  const during = (name, at) => median(quarters[at].samples.map((sample) => sample[name]));
  const growth = (name) => during(name, QUARTERS - 1) / during(name, 1);
  return {
    rows: [
      plainRow(
        `intervals (bare: workflows) of one activity a second, backfill of ${count}, ${active} at a time`,
        one(bare),
        one(count / seconds),
      ),
      plainRow('intervals a second that an activation passes over', '', one(count / skippedIn)),
      plainRow('statements to the store an interval, backfill', '', one(statements / count)),
    ],
    table: [
      `| memory in a backfill of ${count} intervals (${whole(seconds)} s), MiB | before | 1st quarter | 2nd | 3rd | 4th | 10 s after | 4th ÷ 2nd |  | CPU, ms an interval |`,
      '|---|---:|---:|---:|---:|---:|---:|---:|---|---:|',
      ...Object.keys(processes).map((name) =>
        line(
          name,
          whole(before[name]),
          ...quarters.map((_, at) => whole(during(name, at))),
          whole(after[name]),
          two(growth(name)),
          growth(name) <= FLAT ? 'flat' : '**grows**',
          one((usedAfter[name] - usedBefore[name]) / count),
        ),
      ),
      line(
        'intervals a second',
        '',
        ...quarters.map(({ endedMs }, at) =>
          one((1000 * count) / QUARTERS / (endedMs - (at === 0 ? startedMs : quarters[at - 1].endedMs))),
        ),
        '',
        '',
        '',
        '',
      ),
    ],
  };
}

/** Workflows of one activity that the baseline ends in a second, so many at a time. */
async function bareRate(world, count, active) {
  const startedMs = Date.now();
  let next = 0;
  const lane = async () => {
    while (next++ < count) {
      const id = newName();
      await world.client.workflow.execute('chain', {
        taskQueue: 'bare',
        workflowId: id,
        args: [{ id, length: 1 }],
      });
    }
  };
  await Promise.all(Array.from({ length: active }, lane));
  return (1000 * count) / (Date.now() - startedMs);
}

/** A pipeline of `count` intervals of the past, all of them passed over by its activation. */
async function skippedPipeline(world, count) {
  const startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - (count + 1) * PERIOD_MINUTES * MINUTE_MS;
  const start = new Date(startMs).toISOString().slice(0, 19);
  const every = { period: `${PERIOD_MINUTES} minutes`, startDateTime: start, occurrences: String(count) };
  const id = await world.create(newName(), [
    { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Past' }, workerGroup: 'bench' },
    { id: 'Past', type: 'Schedule', ...every },
    shell(0),
  ]);
  const startedMs = Date.now();
  await world.engine.activate(id, { startTimestamp: new Date() });
  await world.client.workflow.getHandle(`${id}/lifecycle`).result();
  return { id, from: start, skippedIn: (Date.now() - startedMs) / 1000 };
}

async function untilSaid(call, id, backfillId) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const { state, finished } = await call('GET', `/v1/pipelines/${id}/backfills/${backfillId}`);
    if (state === 'FINISHED') return;
    if (Date.now() > deadline) throw new Error(`Backfill ${backfillId} is ${state}, ${finished} finished`);
  }
}
