import type { FactValue, InstanceFacts, InstanceState, WhyFacts, WhyReason } from './why-facts.js';
import type { PlannedInstance } from './plan.js';
import { endedReason } from './why-ended.js';
import { notMadeReason } from './why-not-made.js';
import { pausedReason } from './why-paused.js';
import { dependencyReason, leaseReason, unusedReason } from './why-waiting.js';
import { closedReason, notDueReason } from './why-times.js';
import { engineReason, workReason } from './why-working.js';
import { isTerminal } from './transitions.js';

/** One instance's own reason; what it waits for is named by `because` and explained by itself. */
export interface Reason {
  readonly code: WhyReason;
  /** What the sentence begins with. @default the instance's id */
  readonly subject?: string;
  /** What another sentence calls it. @default the instance's id */
  readonly named?: string;
  /** The rest of the sentence, after its subject. When it goes on, it ends with the name of the first of `because`. */
  readonly says: string;
  /** The sentence goes on with the first of `because`. */
  readonly goesOn?: true;
  /** The very end of the sentence. */
  readonly ending?: string;
  readonly facts: Readonly<Record<string, FactValue>>;
  /** The first of `because` that was looked at is so many instances away. */
  readonly between?: number;
  /** Ids of instances. */
  readonly because?: readonly string[];
  /** More that `because` leaves out. */
  readonly leftOut?: number;
  /** What also keeps it. */
  readonly also?: readonly Reason[];
}

/** An instance that was made. */
export type Made = InstanceFacts & { readonly row: InstanceState };

/** The reason of one of the instances that were looked at. */
export function reasonOf(facts: WhyFacts, instanceId: string): Reason {
  const instance = facts.instances.get(instanceId);
  if (instance === undefined) throw new Error(`Nothing was gathered of ${instanceId}`);
  const { row } = instance;
  if (row === undefined) return notMadeReason(facts, instance);
  const made: Made = { ...instance, row };
  const reason = withFacts(
    made,
    isTerminal(row.status) ? endedReason(facts, made) : alsoPaused(facts, made, openReason(facts, made)),
  );
  if (row.kind !== 'precondition') return reason;
  return { named: `precondition ${made.componentId}`, ...reason };
}

/** What keeps an instance that has not ended. First what decides: what comes after it would not help. */
function openReason(facts: WhyFacts, made: Made): Reason {
  if (made.row.status !== 'WAITING_ON_DEPENDENCIES')
    return pausedReason(facts, made) ?? workReason(facts, made);
  return (
    notDueReason(facts, made) ??
    dependencyReason(facts, made) ??
    leaseReason(facts, made) ??
    closedReason(facts, made) ??
    pausedReason(facts, made) ??
    engineReason(facts, made) ??
    unusedReason(made) ?? {
      code: 'goingOn',
      says: 'is kept by nothing: it goes on at any moment',
      facts: { since: made.row.changedAt },
    }
  );
}

/** What else keeps it may go by; then an operator's PAUSE would keep it still. */
function alsoPaused(facts: WhyFacts, made: Made, reason: Reason): Reason {
  const paused = reason.code === 'paused' ? undefined : pausedReason(facts, made);
  return paused === undefined ? reason : { ...reason, also: [...(reason.also ?? []), paused] };
}

/** What is worth knowing of any instance. */
function withFacts({ row, plan, runId }: Made, reason: Reason): Reason {
  const began = reason.code === 'running' || reason.code === 'finished';
  return {
    ...reason,
    facts: {
      ...reason.facts,
      // A wrong order is a dependency that nobody has written down.
      ...(began && plan !== undefined ? { waitedFor: waitedFor(plan) } : {}),
      ...(row.attemptCount > 0 ? { attempts: row.attemptCount, triesLeft: row.triesLeft } : {}),
      ...(row.logLocation === undefined ? {} : { logLocation: row.logLocation }),
      ...(runId === undefined ? {} : { run: runId }),
    },
  };
}

const NAMED = 5;

function waitedFor({ needs }: PlannedInstance): FactValue {
  if (needs.length === 0) return 'nothing: it has no input and no dependsOn';
  const ids = needs.slice(0, NAMED).map(({ instanceId }) => instanceId);
  return needs.length > NAMED ? [...ids, `${needs.length - NAMED} more`] : ids;
}
