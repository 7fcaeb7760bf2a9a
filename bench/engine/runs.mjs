/** Pipelines that the bench runs, and one run of them on either side. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 180_000;
const common = { id: 'Default', scheduleType: 'ondemand', workerGroup: 'bench' };

export const shell = (index, ...needs) => ({
  id: `A${index}`,
  type: 'ShellCommandActivity',
  command: 'true',
  ...(needs.length > 0 && { dependsOn: needs.map((need) => ({ ref: `A${need}` })) }),
});

const each = (size, make) => Array.from({ length: size }, (_, at) => make(at));

/** The same numbers in every run (mulberry32). */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Objects of one interval by their shape. `random`: each needs up to three of those before it. */
export const SHAPES = {
  chain: (size) => each(size, (at) => (at === 0 ? shell(at) : shell(at, at - 1))),
  'fan-out': (size) => each(size, (at) => shell(at)),
  diamond: (size) =>
    each(size, (at) => {
      if (at === 0) return shell(at);
      return at < size - 1 ? shell(at, 0) : shell(at, ...each(size - 2, (middle) => middle + 1));
    }),
  random: (size) => {
    const roll = dice(7);
    return each(size, (at) =>
      shell(at, ...new Set(each(at === 0 ? 0 : roll(4), () => Math.max(0, at - 1 - roll(50))))),
    );
  },
};

let serial = 0;
/** A name that no pipeline of this bench has. */
export const newName = () => `bench ${++serial}`;

/** A workflow of the baseline to its end. */
export async function bareRun(world, type, input, count) {
  const id = `${type} ${++serial}`;
  await world.client.workflow.execute(type, { taskQueue: 'bare', workflowId: id, args: [{ id, ...input }] });
  return { ran: await world.ran(id, count), ...(await sizeOf(world, id)) };
}

/** An ondemand pipeline to its end, with the statements that the service needed for it. */
export async function penstockRun(world, objects) {
  const id = await world.create(newName(), [common, ...objects]);
  const before = await world.statements();
  await world.engine.activate(id, {});
  const ran = await world.ran(id, objects.length);
  await untilFinished(world, id);
  const after = await world.statements();
  const query = `WorkflowType = "runInterval" AND WorkflowId STARTS_WITH "${id}/"`;
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    for await (const { workflowId } of world.client.workflow.list({ query }))
      return {
        ran,
        sent: after.sent - before.sent,
        brackets: after.brackets - before.brackets,
        ...(await sizeOf(world, workflowId)),
      };
    if (Date.now() > deadline) throw new Error(`Pipeline ${id} has no run`);
  }
}

async function untilFinished(world, id) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const { state } = await world.pipelines.get(id);
    if (state === 'FINISHED') return;
    if (Date.now() > deadline) throw new Error(`Pipeline ${id} is ${state}`);
  }
}

/** Events and bytes of a workflow's histories; a run that has continued as new has several. */
async function sizeOf(world, workflowId) {
  let [events, bytes, histories] = [0, 0, 0];
  const query = `WorkflowId = "${workflowId}"`;
  const { historyLength, historySize, runId } = await world.client.workflow.getHandle(workflowId).describe();
  for await (const run of world.client.workflow.list({ query })) {
    if (run.runId === runId) continue;
    events += run.historyLength;
    bytes += run.historySize ?? 0;
    histories += 1;
  }
  return { events: events + historyLength, bytes: bytes + (historySize ?? 0), histories: histories + 1 };
}

/** When a crowd of `pipelines` whose one interval is made within the minute before may be due: whole seconds from now. */
export const dueFor = (pipelines) =>
  new Date(Math.ceil((Date.now() + 70_000 + 150 * pipelines) / 1000) * 1000);

/** Activates `pipelines` pipelines whose one interval begins at the same moment; waits for all of their activities. */
export async function dueTogether(world, pipelines, objects) {
  const due = dueFor(pipelines);
  const once = { period: '1 day', startDateTime: due.toISOString().slice(0, 19), occurrences: '1' };
  const definition = [
    { ...common, scheduleType: 'cron', schedule: { ref: 'Once' } },
    { id: 'Once', type: 'Schedule', ...once },
    ...objects,
  ];
  const ids = await inBatches(pipelines, async () => {
    const id = await world.create(newName(), definition);
    await world.engine.activate(id, {});
    return id;
  });
  const spareMs = due.getTime() - Date.now();
  if (spareMs < 0) throw new Error(`Activating ${pipelines} pipelines took ${-spareMs} ms too long`);
  const runs = [];
  for (const id of ids) runs.push(await world.ran(id, objects.length));
  return { due, runs };
}

/** `make` so many times, 20 at once. */
export async function inBatches(count, make) {
  const made = [];
  for (let at = 0; at < count; at += 20)
    made.push(...(await Promise.all(Array.from({ length: Math.min(20, count - at) }, () => make()))));
  return made;
}

/** `rounds` times, turn by turn, so that both see the same machine. */
export async function sideBySide(rounds, bare, penstock) {
  const results = { bare: [], penstock: [] };
  for (let round = 0; round < rounds; round++) {
    results.bare.push(await bare());
    results.penstock.push(await penstock());
  }
  return results;
}
