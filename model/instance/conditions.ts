import { textOf, type Component } from '../definition/component.js';
import { DEFAULT_ID, type ResolvedComponents } from '../definition/inheritance.js';
import { conditionHolds, type Condition, type Outcome } from '../condition/condition.js';
import { parseCondition } from '../condition/parse-condition.js';
import { ExpressionError } from '../expression/errors.js';
import type { Runnable } from './compile.js';
import { STATUS, type Status } from './status.js';

/** The field `condition` of an activity, read. */
export interface ReadCondition {
  readonly text: string;
  readonly condition: Condition;
}

/** A condition in an interval: with the instances that it asks about. */
export interface PlannedCondition extends ReadCondition {
  /** Ids of the instances of each dependency, by the dependency's id. */
  readonly instances: ReadonlyMap<string, readonly string[]>;
}

/**
 * The condition of an activity, if it has one. AWS ignores fields of Default that a type does not know, so a condition there counts
 * for nobody. `read` keeps what was read before: many may inherit one. @throws ExpressionError naming the object.
 */
export function readCondition(
  component: Component,
  owners: ResolvedComponents['owners'],
  read: Map<string, ReadCondition>,
): ReadCondition | undefined {
  const text = textOf(component, 'condition');
  if (text === undefined || owners.get(component.id)?.get('condition')?.owner === DEFAULT_ID)
    return undefined;
  try {
    const condition = read.get(text) ?? { text, condition: parseCondition(text).condition };
    read.set(text, condition);
    return condition;
  } catch (error) {
    throw error instanceof ExpressionError ? error.in(component.id, 'condition') : error;
  }
}

/** Objects whose instances a condition may skip: those that have one, and whatever needs them without one of its own. */
export function skippable(runnables: Iterable<Runnable>): ReadonlySet<string> {
  const consumers = new Map<string, Runnable[]>();
  const found = new Set<string>();
  for (const runnable of runnables) {
    if (runnable.condition !== undefined) found.add(runnable.component.id);
    for (const id of [runnable.input, runnable.dependsOn, runnable.producers].flat()) {
      const list = consumers.get(id);
      if (list === undefined) consumers.set(id, [runnable]);
      else list.push(runnable);
    }
  }
  // The set grows while it is walked.
  for (const id of found) for (const consumer of consumers.get(id) ?? []) found.add(consumer.component.id);
  return found;
}

/** Whether the condition holds; every instance that it asks about is over, or is not part of anything. */
export function holds(
  { condition, instances }: PlannedCondition,
  statusOf: (instanceId: string) => Status | undefined,
): boolean {
  const outcomesOf = function* (ids: readonly string[] = []): Generator<Outcome> {
    for (const id of ids) {
      const status = statusOf(id);
      if (status !== undefined) yield outcomeOf(status);
    }
  };
  const outcomesOfAll = function* (): Generator<Outcome> {
    for (const ids of instances.values()) yield* outcomesOf(ids);
  };
  return conditionHolds(condition, (id) =>
    id === undefined ? outcomesOfAll() : outcomesOf(instances.get(id)),
  );
}

/** What a condition takes a terminal status for: whatever is neither FINISHED nor SKIPPED has failed. */
function outcomeOf(status: Status): Outcome {
  if (STATUS[status].satisfies) return 'succeeded';
  return status === 'SKIPPED' ? 'skipped' : 'failed';
}
