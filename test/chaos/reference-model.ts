/**
 * What is right, in plain code: from the description of a pipeline, what its commands do, and the attempts that were lost with their
 * runners, every instance's end. Shares nothing with the product (no import of model/ or workflows/). Source: semantics.md 4 to 7,
 * docs/decisions/006-condition.md.
 */
import {
  existsIdOf,
  startOf,
  type ChaosActivity,
  type ChaosCondition,
  type ChaosDataNode,
  type ChaosPipeline,
  type ChaosSchedule,
  type Deed,
} from './chaos-pipeline.js';

/** How an instance rests when nothing happens any more; `WAITING` = for ever, on what has failed. */
export type End = 'FINISHED' | 'FAILED' | 'CASCADE_FAILED' | 'CANCELED' | 'SKIPPED' | 'WAITING';

export interface ExpectedInstance {
  readonly id: string;
  readonly component: string;
  readonly kind: 'activity' | 'dataNode' | 'precondition';
  /** Interval, from 0. */
  readonly index: number;
  /** When it may begin at the earliest, in seconds since 1970. */
  readonly dueSeconds: number;
  /** One of them is right. More than one where the order of two events decides. */
  readonly ends: readonly End[];
  /** Numbers of attempts that are right for the end that was seen; absent = any. */
  readonly attempts?: readonly number[];
  /** What attempt n does, from 1. */
  readonly deedOf: (attempt: number) => Deed;
  /** What must be over before its command begins. */
  readonly after: readonly Before[];
  readonly maxActiveInstances?: number;
  /** Alarms that are right for the end that was seen. */
  readonly alarms: readonly ('onSuccess' | 'onFail')[];
}

/** `done`: its work has succeeded; `over`: it does nothing any more; `holds`: a check of the precondition held. */
export interface Before {
  readonly instance: string;
  readonly is: 'done' | 'over' | 'holds';
}

/** What was seen of an instance. */
export interface Seen {
  readonly end: End | undefined;
  /** Attempts that ended without an answer of their runner. */
  readonly lost: ReadonlySet<number>;
}

interface Interval {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

type Node = ChaosActivity | ChaosDataNode;
const FAILURES: readonly End[] = ['FAILED', 'CASCADE_FAILED', 'CANCELED'];

/**
 * Every instance that there must be, in an order that puts what is needed first.
 * @param free what an operator has meddled with (see freedBy): it may end in any way.
 */
export function referenceModel(
  pipeline: ChaosPipeline,
  seen: (instanceId: string) => Seen | undefined,
  free: ReadonlySet<string> = new Set(),
): ExpectedInstance[] {
  const schedules = new Map(pipeline.schedules.map((each) => [each.id, each]));
  const scheduleOf = (node: Node): ChaosSchedule => {
    const schedule = schedules.get(node.schedule);
    if (schedule === undefined) throw new Error(`No schedule ${node.schedule}`);
    return schedule;
  };
  const nodes = new Map<string, Node>(
    [...pipeline.dataNodes, ...pipeline.activities].map((each) => [each.id, each]),
  );
  const ends = new Map<string, End>();
  const expected: ExpectedInstance[] = [];

  /** Takes the end that was seen where it is right, so that what needs it is judged by what it met. */
  const settle = (given: ExpectedInstance): void => {
    const actual = seen(given.id)?.end;
    const instance = free.has(given.id) ? freed(given, actual) : given;
    const [usual] = instance.ends;
    if (usual === undefined) throw new Error(`${instance.id} may not end at all`);
    ends.set(instance.id, actual !== undefined && instance.ends.includes(actual) ? actual : usual);
    expected.push(instance);
  };

  for (const node of inOrder(pipeline)) {
    const schedule = scheduleOf(node);
    const activity = isActivity(node) ? node : undefined;
    const limit = activity?.maxActiveInstances;
    const dependencies =
      activity === undefined ? producersOf(node) : [...activity.dependsOn, ...activity.input];
    const stuckBefore: string[] = [];
    for (const interval of intervalsOf(schedule)) {
      const id = instanceId(node.id, schedule, interval);
      const needs = new Map(
        dependencies.map((each) => {
          const other = nodes.get(each);
          return [each, other === undefined ? [] : overlapping(other.id, scheduleOf(other), interval)];
        }),
      );
      const dueSeconds = node.scheduleType === 'cron' ? interval.from : interval.to;
      const verdict = decide(node, needs, (each) => ends.get(each));
      const checks = checksOf(pipeline, node, schedule, interval);
      const after = [...needs.values()]
        .flat()
        .map((instance): Before => ({ instance, is: activity?.condition ? 'over' : 'done' }));
      const common = { index: interval.index, dueSeconds, deedOf: () => 'ok' as const, alarms: [] };

      // Its preconditions are checked when nothing else keeps it, and given up when it ends without them.
      const failing = checks.some((check) => !check.holds);
      const blocked = limit !== undefined && stuckBefore.length >= limit;
      for (const check of checks) {
        const right: readonly End[] =
          verdict !== 'go'
            ? verdict.includes('WAITING')
              ? ['WAITING']
              : ['CANCELED']
            : check.holds
              ? failing && node.cascade
                ? ['FINISHED', 'CANCELED']
                : ['FINISHED']
              : ['FAILED'];
        const end = endSeen(right, seen(check.id)?.end);
        settle({
          ...common,
          id: check.id,
          component: check.component,
          kind: 'precondition',
          ends: right,
          attempts: end === 'WAITING' ? [0] : end === 'CANCELED' ? (verdict === 'go' ? [0, 1] : [0]) : [1],
          after,
        });
      }

      const lost = seen(id)?.lost ?? new Set<number>();
      const deeds = activity?.deeds[interval.index] ?? [];
      const deedOf = (attempt: number): Deed => deeds[Math.min(attempt, deeds.length) - 1] ?? 'ok';
      let right: readonly End[];
      let attempts: readonly number[] = [0];
      if (verdict !== 'go') right = verdict;
      else if (failing) right = [node.cascade ? 'CASCADE_FAILED' : 'WAITING'];
      else if (blocked) right = ['WAITING'];
      else if (activity === undefined) right = ['FINISHED'];
      else {
        const tries = attemptsOf(
          activity.maximumRetries + 1,
          (attempt) => !lost.has(attempt) && deedOf(attempt) === 'ok',
        );
        right = [tries.succeeded ? 'FINISHED' : 'FAILED'];
        attempts = [tries.count];
      }
      const end = endSeen(right, seen(id)?.end);
      settle({
        ...common,
        id,
        component: node.id,
        kind: activity === undefined ? 'dataNode' : 'activity',
        ends: right,
        attempts,
        deedOf,
        after: [...after, ...checks.map((check): Before => ({ instance: check.id, is: 'holds' }))],
        ...(limit === undefined ? {} : { maxActiveInstances: limit }),
        alarms: alarmsOf(pipeline, node.id, end),
      });
      if (ends.get(id) === 'WAITING') stuckBefore.push(id);
    }
  }
  return expected;
}

function freed({ attempts: _any, ...instance }: ExpectedInstance, actual: End | undefined): ExpectedInstance {
  return { ...instance, ends: actual === undefined ? instance.ends : [actual], alarms: [] };
}

/**
 * Commands on `touched` change these too: what needs them, the preconditions of all these, and the other intervals of those whose
 * number is limited.
 */
export function freedBy(pipeline: ChaosPipeline, touched: ReadonlySet<string>): ReadonlySet<string> {
  const free = new Set(touched);
  if (touched.size === 0) return free;
  const all = referenceModel(pipeline, () => undefined);
  const limited = new Set(
    pipeline.activities.filter((each) => each.maxActiveInstances !== undefined).map((each) => each.id),
  );
  for (let before = -1; before !== free.size;) {
    before = free.size;
    const limits = new Set(
      all
        .filter(({ id, component }) => free.has(id) && limited.has(component))
        .map(({ component }) => component),
    );
    for (const { id, component, after } of all) {
      if (limits.has(component) || after.some(({ instance }) => free.has(instance))) free.add(id);
      if (free.has(id)) for (const need of after) if (need.is === 'holds') free.add(need.instance);
    }
  }
  return free;
}

function endSeen(right: readonly End[], actual: End | undefined): End | undefined {
  return actual !== undefined && right.includes(actual) ? actual : right[0];
}

function alarmsOf({ alarms }: ChaosPipeline, id: string, end: End | undefined): ('onSuccess' | 'onFail')[] {
  if (end === 'FINISHED' && alarms.onSuccess.includes(id)) return ['onSuccess'];
  const failed = end === 'FAILED' || end === 'CASCADE_FAILED';
  return failed && alarms.onFail.includes(id) ? ['onFail'] : [];
}

/** Whether it goes on, or how it may rest instead, as far as its dependencies decide. */
function decide(
  node: Node,
  needs: ReadonlyMap<string, readonly string[]>,
  endOf: (id: string) => End | undefined,
): 'go' | readonly End[] {
  const known = [...needs.values()].flat().map((id) => endOf(id) ?? 'WAITING');
  const condition = isActivity(node) ? node.condition : undefined;
  if (condition !== undefined) {
    if (known.includes('WAITING')) return ['WAITING'];
    return holds(condition, needs, (id) => endOf(id) ?? 'WAITING') ? 'go' : ['SKIPPED'];
  }
  if (known.every((end) => end === 'FINISHED')) return 'go';
  const right: End[] = [];
  if (node.cascade && known.some((end) => FAILURES.includes(end))) right.push('CASCADE_FAILED');
  // Of a skipped and a failed dependency the one that ends first counts.
  if (known.includes('SKIPPED')) right.push('SKIPPED');
  return right.length > 0 ? right : ['WAITING'];
}

function holds(
  { kind, of }: ChaosCondition,
  needs: ReadonlyMap<string, readonly string[]>,
  endOf: (id: string) => End,
): boolean {
  const asked = (of === undefined ? [...needs.values()].flat() : (needs.get(of) ?? [])).map(endOf);
  switch (kind) {
    case 'always':
      return true;
    case 'succeeded':
      return asked.every((end) => end === 'FINISHED');
    case 'failed':
      return asked.some((end) => FAILURES.includes(end));
    case 'skipped':
      return asked.includes('SKIPPED');
    case 'notFailed':
      return !asked.some((end) => FAILURES.includes(end));
  }
}

function attemptsOf(
  tries: number,
  succeeds: (attempt: number) => boolean,
): { count: number; succeeded: boolean } {
  for (let attempt = 1; attempt <= tries; attempt++) {
    if (succeeds(attempt)) return { count: attempt, succeeded: true };
  }
  return { count: tries, succeeded: false };
}

interface Check {
  readonly id: string;
  readonly component: string;
  readonly holds: boolean;
}

function checksOf(pipeline: ChaosPipeline, node: Node, schedule: ChaosSchedule, interval: Interval): Check[] {
  const checks = pipeline.preconditions
    .filter((each) => each.node === node.id)
    .map((each) => ({ component: each.id, holds: each.holdsAtCheck !== 'never' }));
  if (!isActivity(node) && node.exists !== undefined)
    checks.push({ component: existsIdOf(node.id), holds: true });
  return checks.map((each) => ({
    ...each,
    id: instanceId(`${each.component}_${node.id}`, schedule, interval),
  }));
}

function inOrder(pipeline: ChaosPipeline): Node[] {
  const outputs = (id: string): ChaosDataNode[] => pipeline.dataNodes.filter((each) => each.producer === id);
  return [
    ...pipeline.dataNodes.filter((each) => each.producer === undefined),
    ...pipeline.activities.flatMap((activity) => [activity, ...outputs(activity.id)]),
  ];
}

function isActivity(node: Node): node is ChaosActivity {
  return 'dependsOn' in node;
}

function producersOf(node: Node): string[] {
  return isActivity(node) || node.producer === undefined ? [] : [node.producer];
}

function intervalsOf({ startSeconds, periodSeconds, occurrences }: ChaosSchedule): Interval[] {
  return Array.from({ length: occurrences }, (_, index) => {
    const from = startSeconds + index * periodSeconds;
    return { index, from, to: from + periodSeconds };
  });
}

/** Instances of an object whose interval has a moment in common with `interval`. */
function overlapping(id: string, schedule: ChaosSchedule, interval: Interval): string[] {
  return intervalsOf(schedule)
    .filter((each) => each.from < interval.to && interval.from < each.to)
    .map((each) => instanceId(id, schedule, each));
}

function instanceId(name: string, schedule: ChaosSchedule, { index }: Interval): string {
  return `@${name}_${startOf(schedule, index)}`;
}
