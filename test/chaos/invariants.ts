import { existsIdOf, type ChaosPipeline, type Deed } from './chaos-pipeline.js';
import { ALARMS, REPORT_PROGRESS_TIMEOUT_SECONDS } from './definition.js';
import type { AttemptLines } from './journal.js';
import { isOver, type AttemptView, type InstanceView, type LedgerView, type RunView } from './observe.js';
import { referenceModel, type End, type ExpectedInstance, type Seen } from './reference-model.js';
import type { ReceivedAlarm } from './webhook-receiver.js';

/** When something was away that attempts depend on: runners or Temporal. Seconds since 1970. */
export interface Outage {
  readonly names: readonly string[];
  readonly fromSeconds: number;
  toSeconds: number;
}

/** What was seen of one pipeline. */
export interface Evidence {
  readonly pipelineId: string;
  readonly pipeline: ChaosPipeline;
  readonly ledger: LedgerView;
  readonly runs: readonly RunView[];
  readonly journal: ReadonlyMap<string, AttemptLines>;
  readonly alarms: readonly ReceivedAlarm[];
  readonly outages: readonly Outage[];
  /** Instances that an operator's commands may have changed. */
  readonly free: ReadonlySet<string>;
  /** What adds to a time of the journal makes seconds since 1970. */
  readonly clockOffset: number;
}

/** A runner that is silent is taken as lost: what it has begun may go on until it can be reached again. */
const SILENT = 'ReportProgressTimeout';
/** How an interval stands at the end of an id. */
const INTERVAL = 'YYYY-MM-DDThh:mm:ss';
/** Ends that no runner has reported. */
const LOST = ['RunnerLost', SILENT];
/** Between the server's end of an attempt and the news of it. */
const NEWS_SECONDS = 0.5;
const ERROR_OF: Readonly<Record<Deed, string>> = { ok: '', fail: 'CommandFailed', hang: 'AttemptTimeout' };
/** A runner's silence is noticed so much later than it began, and a killed one's attempts within the same time. */
const NOTICED_SECONDS = REPORT_PROGRESS_TIMEOUT_SECONDS + 6;
/** Two clocks, one of hundredths of a second. */
const CLOCK_SECONDS = 0.05;

/** What the pipeline has not come to yet, or never will: empty when it is at rest and everything is as it must be. */
export function unsettled(evidence: Evidence): string[] {
  const { ledger, pipeline, runs, free } = evidence;
  const found: string[] = [];
  const expected = referenceModel(pipeline, (id) => seenOf(evidence, id), free);
  const known = new Set(expected.map(({ id }) => id));
  for (const instance of expected)
    if (!looksForEver(evidence, instance))
      found.push(...problemsOfEnd(instance, ledger.instances.get(instance.id)));
  for (const instance of expected)
    if (free.has(instance.id)) found.push(...problemsOfWaiting(instance, pipeline, ledger));
  for (const { id, kind } of ledger.instances.values()) {
    if (kind !== 'action' && !known.has(id)) found.push(`${id}: nobody asked for this instance`);
  }
  found.push(...problemsOfAlarms(evidence, expected));

  const open = new Set(
    [...ledger.instances.values()].filter(({ status }) => !isOver(status)).map((each) => each.workflowId),
  );
  for (const { workflowId, status } of runs) {
    if (status === 'RUNNING' && !open.has(workflowId))
      found.push(`run ${workflowId} is open, all its instances are over`);
    if (status === 'COMPLETED' && open.has(workflowId))
      found.push(`run ${workflowId} has closed, not all its instances are over`);
    if (status !== 'RUNNING' && status !== 'COMPLETED') found.push(`run ${workflowId} is ${status}`);
  }
  const wanted = pipeline.schedules
    .filter((each) =>
      [...pipeline.activities, ...pipeline.dataNodes].some((node) => node.schedule === each.id),
    )
    .reduce((sum, each) => sum + each.occurrences, 0);
  if (new Set(runs.map((run) => run.workflowId)).size !== wanted)
    found.push(`${runs.length} runs, expected ${wanted}`);
  if (ledger.notifications > 0) found.push(`${ledger.notifications} notifications are undelivered`);
  const state = open.size === 0 ? 'FINISHED' : 'SCHEDULED';
  if (ledger.state !== state) found.push(`the pipeline is ${ledger.state}, expected ${state}`);
  for (const { workflowId, instanceId } of ledger.waits) {
    if (!open.has(workflowId)) found.push(`a wait of ${workflowId} for ${instanceId} is left over`);
  }
  for (const { instanceId } of ledger.leases) {
    const status = ledger.instances.get(instanceId)?.status;
    if (status === undefined || isOver(status))
      found.push(`the lease of ${instanceId} (${status}) is left over`);
  }
  return found;
}

/** Looks for a file that is never made: whoever should have made it was marked finished before it had. */
function looksForEver(
  { pipeline, ledger, journal, free }: Evidence,
  { id, component }: ExpectedInstance,
): boolean {
  const looks = ['WAITING_FOR_RUNNER', 'RUNNING'].includes(ledger.instances.get(id)?.status ?? '');
  const node = pipeline.dataNodes.find((each) => existsIdOf(each.id) === component);
  if (!looks || node?.producer === undefined) return false;
  const producer = `@${node.producer}_${id.slice(-INTERVAL.length)}`;
  const isMade = journal.get(producer)?.end.some(({ outcome }) => outcome === '0') === true;
  return free.has(producer) && ledger.instances.get(producer)?.status === 'FINISHED' && !isMade;
}

function problemsOfEnd(expected: ExpectedInstance, actual: InstanceView | undefined): string[] {
  const { id, ends, attempts } = expected;
  if (actual === undefined) return [`${id} is missing`];
  const end = endOf(actual.status);
  if (end === undefined || !ends.includes(end))
    return [`${id} is ${actual.status}, expected ${ends.join(' or ')}`];
  if (attempts !== undefined && !attempts.includes(actual.attempts.length))
    return [
      `${id} is ${actual.status} after ${actual.attempts.length} attempts, expected ${attempts.join(' or ')}`,
    ];
  const found: string[] = [];
  for (const attempt of actual.attempts) {
    const right =
      attempts === undefined ? ['FINISHED', 'FAILED', 'CANCELED'] : rightAttempt(expected, actual, attempt);
    if (!right.includes(attempt.status))
      found.push(`${id} attempt ${attempt.number} is ${attempt.status}, expected ${right.join(' or ')}`);
    const cause = ERROR_OF[expected.deedOf(attempt.number)];
    if (
      expected.kind === 'activity' &&
      attempt.status === 'FAILED' &&
      !isLost(expected, attempt) &&
      attempt.errorId !== cause
    )
      found.push(
        `${id} attempt ${attempt.number} failed with ${attempt.errorId}, expected ${cause || 'success'}`,
      );
  }
  return found;
}

/** Whatever an operator did: who waits, waits for something. */
function problemsOfWaiting(
  { id, after }: ExpectedInstance,
  pipeline: ChaosPipeline,
  ledger: LedgerView,
): string[] {
  const row = ledger.instances.get(id);
  if (row?.status !== 'WAITING_ON_DEPENDENCIES' || row.kind === 'precondition') return [];
  const activity = pipeline.activities.find((each) => each.id === row.componentId);
  if (activity?.maxActiveInstances !== undefined) return [];
  const isMet = (instance: string, asks: boolean): boolean => {
    const status = ledger.instances.get(instance)?.status ?? '';
    return status === 'FINISHED' || (asks && isOver(status));
  };
  const asks = activity?.condition !== undefined;
  return after.every(({ instance, is }) => isMet(instance, asks && is !== 'holds'))
    ? [`${id} waits for nothing`]
    : [];
}

function rightAttempt(expected: ExpectedInstance, actual: InstanceView, { number }: AttemptView): string[] {
  if (expected.kind === 'precondition') return [actual.status];
  return number < actual.attempts.length ? ['FAILED'] : [actual.status];
}

/** Lost with a runner that was away: without an answer, or with one that came too late, from one that was frozen. */
function isLost({ deedOf }: ExpectedInstance, { errorId, number }: AttemptView): boolean {
  if (errorId === null) return false;
  return LOST.includes(errorId) || (errorId === 'AttemptTimeout' && deedOf(number) !== 'hang');
}

function endOf(status: string): End | undefined {
  switch (status) {
    case 'WAITING_ON_DEPENDENCIES':
      return 'WAITING';
    case 'FINISHED':
    case 'FAILED':
    case 'CASCADE_FAILED':
    case 'CANCELED':
    case 'SKIPPED':
      return status;
    default:
      return undefined;
  }
}

function seenOf({ ledger, pipeline }: Evidence, id: string): Seen | undefined {
  const instance = ledger.instances.get(id);
  if (instance === undefined) return undefined;
  const hangs =
    pipeline.activities.find((each) => each.id === instance.componentId)?.attemptTimeoutSeconds !== undefined;
  const lost = instance.attempts.filter(
    ({ errorId, number }) =>
      errorId !== null &&
      (LOST.includes(errorId) ||
        (errorId === 'AttemptTimeout' && !isToHang(pipeline, instance, number, hangs))),
  );
  return { end: endOf(instance.status), lost: new Set(lost.map(({ number }) => number)) };
}

function isToHang(pipeline: ChaosPipeline, instance: InstanceView, attempt: number, hangs: boolean): boolean {
  if (!hangs) return false;
  const model = referenceModel(pipeline, () => undefined).find(({ id }) => id === instance.id);
  return model?.deedOf(attempt) === 'hang';
}

/** Each alarm that is due has come, as one message; nothing else has. */
function problemsOfAlarms(
  { alarms, ledger, free }: Evidence,
  expected: readonly ExpectedInstance[],
): string[] {
  const found: string[] = [];
  const wanted = new Set(
    expected.flatMap((each) => each.alarms.map((kind) => actionIdOf(ALARMS[kind], each.id))),
  );
  const freeActions = new Set(
    [...free].flatMap((id) => Object.values(ALARMS).map((alarm) => actionIdOf(alarm, id))),
  );
  const messages = new Map<string, Set<string>>();
  for (const { alarmId, instanceId, key } of alarms) {
    const id = actionIdOf(alarmId, instanceId);
    messages.set(id, (messages.get(id) ?? new Set()).add(key));
  }
  for (const id of wanted) if (!messages.has(id)) found.push(`alarm ${id} has not come`);
  for (const [id, keys] of messages) {
    if (freeActions.has(id)) continue;
    if (!wanted.has(id)) found.push(`alarm ${id} has come, and must not`);
    if (keys.size > 1) found.push(`alarm ${id} has fired ${keys.size} times: ${[...keys].join(', ')}`);
  }
  for (const { id, kind, status } of ledger.instances.values()) {
    if (kind !== 'action') continue;
    if (!wanted.has(id) && !freeActions.has(id)) found.push(`action ${id} is in the ledger, and must not`);
    if (status !== 'FINISHED') found.push(`action ${id} is ${status}`);
  }
  for (const id of wanted) if (!ledger.instances.has(id)) found.push(`action ${id} is not in the ledger`);
  return found;
}

/** Alarms have an instance for each object that they fired for. */
function actionIdOf(alarmId: string, instanceId: string): string {
  return `@${alarmId}_${instanceId.slice(1)}`;
}

/** What has gone wrong on the way, however well it has ended. */
export function violations(evidence: Evidence): string[] {
  const { ledger, pipeline, journal, free } = evidence;
  const expected = referenceModel(pipeline, (id) => seenOf(evidence, id), free);
  const found: string[] = [];
  for (const instance of expected) {
    const actual = ledger.instances.get(instance.id);
    const lines = journal.get(instance.id);
    if (instance.kind === 'activity') {
      found.push(
        ...problemsOfEffects(evidence, instance, actual, lines),
        ...problemsOfOrder(evidence, instance, lines),
      );
      found.push(...problemsOfLoss(evidence, instance, actual));
    }
  }
  const ids = new Set(expected.filter(({ kind }) => kind === 'activity').map(({ id }) => id));
  for (const [id, { begin }] of journal)
    if (begin.length > 0 && !ids.has(id)) found.push(`${id} has run, and nobody asked for it`);
  for (const activity of pipeline.activities) {
    if (activity.maxActiveInstances === undefined) continue;
    const own = expected.filter(({ component }) => component === activity.id);
    if (own.some(({ id }) => free.has(id))) continue; // reruns do not count
    found.push(...problemsOfLimit(own, activity.maxActiveInstances, journal, ledger));
  }
  return found;
}

/** Each attempt has run once; after one that was reported nothing runs any more; two never run at once. */
function problemsOfEffects(
  { free, outages, clockOffset }: Evidence,
  expected: ExpectedInstance,
  actual: InstanceView | undefined,
  lines: AttemptLines | undefined,
): string[] {
  const found: string[] = [];
  const { id } = expected;
  const begun = (lines?.begin ?? []).map(({ attempt }) => attempt);
  if (new Set(begun).size !== begun.length)
    found.push(`${id}: an attempt has run twice: ${begun.join(', ')}`);
  for (const attempt of begun) {
    if (actual?.attempts.every(({ number }) => number !== attempt) ?? true)
      found.push(`${id} attempt ${attempt} has run, and the ledger does not know it`);
  }
  for (const attempt of actual?.attempts ?? []) {
    const end = lines?.end.find((line) => line.attempt === attempt.number);
    const begin = lines?.begin.find((line) => line.attempt === attempt.number);
    const lateSeconds = (begin?.clock ?? 0) + clockOffset - (attempt.endSeconds ?? Number.POSITIVE_INFINITY);
    if (begin !== undefined && lateSeconds > NEWS_SECONDS)
      found.push(
        `${id} attempt ${attempt.number} began ${lateSeconds.toFixed(1)} s after it was over (${attempt.errorId})`,
      );
    if (attempt.status === 'FINISHED') {
      if (end?.outcome !== '0')
        found.push(`${id} attempt ${attempt.number} is FINISHED, its command ended with ${end?.outcome}`);
      if (end !== undefined && !free.has(id) && lines?.begin.some((line) => line.at > end.at))
        found.push(`${id}: it was run again after attempt ${attempt.number} had finished and was reported`);
    } else if (attempt.errorId === 'CommandFailed' && end?.outcome !== '1') {
      found.push(
        `${id} attempt ${attempt.number} is said to have failed, its command ended with ${end?.outcome}`,
      );
    }
  }
  for (const { attempt, other } of lines?.overlap ?? []) {
    // A runner that is silent is taken as lost: nobody can end its command while it cannot be reached.
    const both = actual?.attempts.filter(({ number }) => number === other || number === attempt) ?? [];
    const wasCanceled =
      free.has(id) && both.some(({ status }) => status === 'CANCELED') && outages.length > 0;
    if (!both.some(({ errorId }) => errorId === SILENT) && !wasCanceled)
      found.push(`${id}: attempt ${attempt} began while ${other} was at work`);
  }
  return found;
}

/** It is due, and what it needs is over. */
function problemsOfOrder(
  evidence: Evidence,
  expected: ExpectedInstance,
  lines: AttemptLines | undefined,
): string[] {
  const found: string[] = [];
  const { journal, clockOffset, pipeline, ledger, free } = evidence;
  for (const begin of lines?.begin ?? []) {
    const early = expected.dueSeconds - (begin.clock + clockOffset);
    if (early > CLOCK_SECONDS)
      found.push(`${expected.id} attempt ${begin.attempt} began ${early.toFixed(2)} s before it was due`);
    for (const { instance, is } of expandedNeeds(pipeline, expected, ledger, free)) {
      if (free.has(instance)) continue; // marked finished, perhaps
      const needed = journal.get(instance);
      const fine =
        is === 'holds'
          ? needed?.check.some((line) => line.holds && line.at < begin.at)
          : is === 'done'
            ? needed?.end.some((line) => line.outcome === '0' && line.at < begin.at)
            : [...(needed?.begin ?? []), ...(needed?.end ?? [])].every((line) => line.at < begin.at);
      if (fine !== true)
        found.push(`${expected.id} attempt ${begin.attempt} began before ${instance} was ${is}`);
    }
  }
  return found;
}

/** Its needs that nobody has meddled with, data nodes replaced by what they need: only commands leave lines. */
function expandedNeeds(
  { dataNodes }: ChaosPipeline,
  { after }: ExpectedInstance,
  { instances }: LedgerView,
  free: ReadonlySet<string>,
) {
  const needs: { instance: string; is: 'done' | 'over' | 'holds' }[] = [];
  const nodes = new Map(dataNodes.map((node) => [node.id, node]));
  for (const need of after) {
    if (free.has(need.instance)) continue; // marked finished, perhaps, and nobody waits for its producer then
    const row = instances.get(need.instance);
    if (row?.kind === 'precondition') {
      if (!row.componentId.startsWith('Exists')) needs.push(need);
      continue;
    }
    const node = nodes.get(row?.componentId ?? '');
    if (node === undefined) needs.push(need);
    else if (node.producer !== undefined)
      needs.push({ instance: need.instance.replace(`@${node.id}_`, `@${node.producer}_`), is: need.is });
  }
  return needs;
}

/** Attempts are lost with runners and Temporal only. */
function problemsOfLoss(
  { outages }: Evidence,
  expected: ExpectedInstance,
  actual: InstanceView | undefined,
): string[] {
  return (actual?.attempts ?? []).flatMap((attempt) => {
    if (!isLost(expected, attempt)) return [];
    const { startSeconds = 0, endSeconds = Number.POSITIVE_INFINITY } = attempt;
    const why = outages.some(
      ({ fromSeconds, toSeconds }) =>
        fromSeconds <= endSeconds && startSeconds <= toSeconds + NOTICED_SECONDS,
    );
    return why
      ? []
      : [`${expected.id} attempt ${attempt.number} was lost (${attempt.errorId}), and no runner was`];
  });
}

/** Never more instances between their first line and their last than maxActiveInstances. With 1 they keep their order. */
function problemsOfLimit(
  instances: readonly ExpectedInstance[],
  limit: number,
  journal: ReadonlyMap<string, AttemptLines>,
  ledger: LedgerView,
): string[] {
  const spans = instances.flatMap(({ id, index }) => {
    const lines = journal.get(id);
    const attempts = ledger.instances.get(id)?.attempts ?? [];
    const isSilent = (attempt: number): boolean =>
      attempts.some(({ number, errorId }) => number === attempt && errorId === SILENT);
    const all = [...(lines?.begin ?? []), ...(lines?.end ?? [])]
      .filter(({ attempt }) => !isSilent(attempt))
      .map(({ at }) => at);
    return all.length === 0 ? [] : [{ id, index, from: Math.min(...all), to: Math.max(...all) }];
  });
  const found: string[] = [];
  for (const span of spans) {
    const active = spans.filter((other) => other.from <= span.from && span.from <= other.to);
    if (active.length > limit)
      found.push(
        `${active.length} active at once, maxActiveInstances is ${limit}: ${active.map(({ id }) => id).join(', ')}`,
      );
    if (limit === 1 && spans.some((other) => other.index < span.index && other.from > span.from))
      found.push(`${span.id} began before an earlier interval, with maxActiveInstances 1`);
  }
  return found;
}
