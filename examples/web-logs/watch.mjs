/** Follows the runs of the example through the public API and tells what changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeObjectsCommand, QueryObjectsCommand } from '@aws-sdk/client-data-pipeline';

const LOOK_EVERY_MS = 1_000;
const IDS_PER_CALL = 100;
const DAYS = 14;
const WEEKS = 2;
const ENDED = new Set(['FINISHED', 'FAILED', 'CANCELED', 'CASCADE_FAILED', 'TIMEDOUT', 'SKIPPED']);

/** Prints a line for each thing that changed until all copies and reports have ended. @returns true when all FINISHED. */
export async function watchRuns({ client, pipelineId, log, signal }) {
  const told = new Set();
  const tell = (line) => {
    if (told.has(line)) return;
    told.add(line);
    log(line);
  };
  for (;;) {
    const instances = await readInstances(client, pipelineId, signal);
    const lines = describe(instances);
    for (const line of lines) tell(line);
    const work = workOf(instances);
    if (work.length === DAYS + WEEKS && work.every(({ status }) => ENDED.has(status))) {
      return work.every(({ status }) => status === 'FINISHED');
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What there is to say about `instances` now: a list of lines. */
export function describe(instances) {
  const lines = [];
  const archived = of(instances, 'ArchiveLog').filter(({ status }) => status === 'FINISHED').length;
  if (archived > 0) lines.push(`archived ${archived} of ${DAYS} days`);
  for (const report of of(instances, 'WeeklyReport')) {
    const week = report.start.slice(0, 10);
    if (report.status === 'FINISHED') lines.push(`report of the week from ${week} is FINISHED`);
    else if (report.status === 'WAITING_ON_DEPENDENCIES') {
      const chain = waitsFor(instances, report);
      // Before the copies have begun everything waits for everything: only the last link is news.
      if (archived >= DAYS - 1 && chain.length > 0)
        lines.push(`report of the week from ${week} waits: ${chain.join(' <- ')}`);
    } else lines.push(`report of the week from ${week} is ${report.status}`);
  }
  for (const { id, status, error } of workOf(instances)) {
    if (ENDED.has(status) && status !== 'FINISHED')
      lines.push(`${id} is ${status}${error ? `: ${error}` : ''}`);
  }
  return lines;
}

/** From what `instance` waits for down to what keeps it all, ids of instances. */
function waitsFor(instances, instance) {
  const byId = new Map(instances.map((one) => [one.id, one]));
  const chain = [];
  for (
    let id = instance.waitingOn[0];
    id !== undefined && !chain.includes(id);
    id = byId.get(id)?.waitingOn[0]
  )
    chain.push(id);
  return chain;
}

function workOf(instances) {
  return [...of(instances, 'ArchiveLog'), ...of(instances, 'WeeklyReport')];
}

function of(instances, componentId) {
  return instances
    .filter((instance) => instance.componentId === componentId)
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

async function readInstances(client, pipelineId, signal) {
  const options = signal ? { abortSignal: signal } : {};
  const ids = [];
  let marker;
  do {
    const page = await client.send(
      new QueryObjectsCommand({ pipelineId, sphere: 'INSTANCE', marker }),
      options,
    );
    ids.push(...(page.ids ?? []));
    marker = page.hasMoreResults ? page.marker : undefined;
  } while (marker !== undefined);
  const instances = [];
  for (let from = 0; from < ids.length; from += IDS_PER_CALL) {
    const objectIds = ids.slice(from, from + IDS_PER_CALL);
    const { pipelineObjects } = await client.send(
      new DescribeObjectsCommand({ pipelineId, objectIds }),
      options,
    );
    instances.push(...pipelineObjects.map(toInstance));
  }
  return instances;
}

function toInstance({ id, fields }) {
  const all = (key) =>
    fields.filter((field) => field.key === key).map((field) => field.refValue ?? field.stringValue);
  return {
    id,
    componentId: all('@componentParent')[0],
    status: all('@status')[0],
    start: all('@scheduledStartTime')[0] ?? '',
    waitingOn: all('@waitingOn'),
    error: all('errorMessage')[0],
  };
}
