import { textOf } from './component.js';
import type { Change, DefinitionDiff, EntryChange, ValueChange } from './diff.js';
import { editProblems } from './edit-problems.js';
import { resolveComponents, type ResolvedComponents } from './inheritance.js';
import { parameterUses, type FieldPlace } from './parameter-uses.js';
import type { DefinitionProblem, PipelineDefinition } from './pipeline-definition.js';

/**
 * From when on an allowed change counts in a pipeline that is active. Nothing counts before the next activation.
 * Definition versions are immutable and a run keeps the one it began with, so for most changes it is `newRuns`.
 */
export const EFFECTS = {
  newRuns:
    'For intervals (ondemand: runs) that start after the next activation. One that has started keeps what it has, its ' +
    'retries too; a rerun in an interval whose run has ended uses the new.',
  newObject:
    'Takes part in intervals that start after the next activation. Earlier intervals do without it, their reruns too.',
  newSchedule:
    'Its intervals begin at its own start: with the next activation, those that are past are run at once.',
  scheduleEnd:
    'At the next activation. An earlier end: nothing more is started from there on, what was started goes on. A later ' +
    'one: goes on where it stopped, what was due meanwhile is run at once.',
  activeLimit:
    'With the first interval that starts after the next activation; then for all instances that wait, those of earlier ' +
    'intervals too. What is active is not stopped.',
  nextActivation: 'At the next activation, for the run that it starts.',
  none: 'Runs do not use it.',
} as const satisfies Record<string, string>;
export type Effect = keyof typeof EFFECTS;

/** What one change means for a pipeline that is active. */
export interface ActiveChange {
  readonly kind: 'object' | 'parameter' | 'value';
  /** Of the object or parameter. */
  readonly id: string;
  /** Absent when the whole object or parameter was added or removed, and for values. */
  readonly field?: string;
  readonly change: Change;
  readonly allowed: boolean;
  /** Why it is refused: one text a rule. Empty when it is allowed. */
  readonly refusals: readonly string[];
  /** From when on it counts; empty when it is refused, or was not compared. */
  readonly effects: readonly Effect[];
}

/** What a diff means for a pipeline that runs `before` and is to be activated with `after`. */
export interface ActiveDiff {
  /** False when the pipeline cannot be activated with `after`. Source: semantics.md 14.4. */
  readonly allowed: boolean;
  readonly changes: readonly ActiveChange[];
}

/** Says for each change whether an active pipeline takes it, and from when on it counts. Source: semantics.md 14.1, 14.4. */
export function activeDiff(
  before: PipelineDefinition,
  after: PipelineDefinition,
  diff: DefinitionDiff,
): ActiveDiff {
  const judge = new Judge(before, after);
  const changes = [
    ...diff.objects.flatMap((entry) => judge.object(entry)),
    ...diff.parameters.flatMap((entry) => judge.parameter(entry)),
    ...diff.values.map((value) => judge.value(value)),
  ];
  const all = [...changes, ...judge.unexplained(changes)];
  return { allowed: all.every(({ allowed }) => allowed), changes: all };
}

class Judge {
  readonly #before: ResolvedComponents;
  readonly #after: ResolvedComponents;
  readonly #refusals: readonly DefinitionProblem[];
  /** By object and field that holds what is refused: also where a Schedule inherits it from. */
  readonly #byPlace = new Map<string, string[]>();
  readonly #uses: readonly ReturnType<typeof parameterUses>[];

  constructor(before: PipelineDefinition, after: PipelineDefinition) {
    this.#before = resolveComponents(before);
    this.#after = resolveComponents(after);
    this.#uses = [parameterUses(before), parameterUses(after)];
    this.#refusals = editProblems(before, after);
    for (const { objectId = '', field, message } of this.#refusals) {
      const holders = [this.#before, this.#after].map(
        ({ owners }) => owners.get(objectId)?.get(field ?? '')?.owner ?? objectId,
      );
      for (const holder of new Set([objectId, ...holders])) {
        const key = placeKey(holder, field);
        const messages = this.#byPlace.get(key);
        if (messages === undefined) this.#byPlace.set(key, [message]);
        else messages.push(message);
      }
    }
  }

  object(entry: EntryChange): ActiveChange[] {
    const { id, change } = entry;
    if (change === 'removed') {
      return [this.#verdict({ kind: 'object', id, change }, ['newRuns'], [{ objectId: id }])];
    }
    if (change === 'added') {
      const effect = this.#isSchedule(id) ? 'newSchedule' : 'newObject';
      const places = entry.fields.map(({ name }) => ({ objectId: id, field: name }));
      return [this.#verdict({ kind: 'object', id, change }, [effect], places)];
    }
    return entry.fields.map((field) => {
      const place = { objectId: id, field: field.name };
      const what = { kind: 'object', id, field: field.name, change: field.change } as const;
      return this.#verdict(what, [this.#effectOf(place, field.change)], [place]);
    });
  }

  parameter({ id, change, fields }: EntryChange): ActiveChange[] {
    if (change === 'added' || change === 'removed')
      return [this.#ofParameter({ kind: 'parameter', id, change })];
    return fields.map(({ name, change: each }) => {
      const what = { kind: 'parameter', id, field: name, change: each } as const;
      return USED_ATTRIBUTES.has(name) ? this.#ofParameter(what) : this.#verdict(what, ['none'], []);
    });
  }

  value({ name, change }: ValueChange): ActiveChange {
    return this.#ofParameter({ kind: 'value', id: name, change });
  }

  /** Refusals of places that no change names: every rule that is broken must be seen. */
  unexplained(changes: readonly ActiveChange[]): ActiveChange[] {
    const told = new Set(changes.flatMap(({ refusals }) => refusals));
    return this.#refusals
      .filter(({ message }) => !told.has(message))
      .map(({ objectId = '', field, message }) => ({
        kind: 'object',
        id: objectId,
        ...(field === undefined ? {} : { field }),
        change: 'changed',
        allowed: false,
        refusals: [message],
        effects: [],
      }));
  }

  #ofParameter(what: Subject): ActiveChange {
    const places = this.#uses.flatMap((usesOf) => usesOf(what.id));
    const effects = places.map((place) => this.#effectOf(place, 'changed'));
    return this.#verdict(what, effects.length === 0 ? ['none'] : effects, places);
  }

  #verdict(what: Subject, effects: readonly Effect[], places: readonly FieldPlace[]): ActiveChange {
    const refusals = [
      ...new Set(places.flatMap(({ objectId, field }) => this.#byPlace.get(placeKey(objectId, field)) ?? [])),
    ];
    const counts = refusals.length === 0 && what.change !== 'notCompared';
    return {
      ...what,
      allowed: refusals.length === 0,
      refusals,
      effects: counts ? [...new Set(effects)] : [],
    };
  }

  #effectOf({ objectId, field }: FieldPlace, change: Change): Effect {
    switch (field) {
      case 'endDateTime':
      case 'occurrences':
        // Others, Default above all, hand it down to a Schedule.
        return this.#typeOf(objectId) === undefined || this.#isSchedule(objectId) ? 'scheduleEnd' : 'newRuns';
      case 'maxActiveInstances':
        if (this.#isOndemand(objectId)) return 'nextActivation';
        // A limit that is new, or gone, is one of the instances that are made with it, or without.
        return change === 'changed' ? 'activeLimit' : 'newRuns';
      default:
        return 'newRuns';
    }
  }

  #typeOf(id: string): string | undefined {
    return (this.#after.components.get(id) ?? this.#before.components.get(id))?.type;
  }

  #isSchedule(id: string): boolean {
    return this.#typeOf(id) === 'Schedule';
  }

  #isOndemand(id: string): boolean {
    const component = this.#after.components.get(id);
    return component !== undefined && textOf(component, 'scheduleType')?.trim().toLowerCase() === 'ondemand';
  }
}

type Subject = Pick<ActiveChange, 'kind' | 'id' | 'field' | 'change'>;

/** Attributes of a parameter on which its values rest; the others are for people. */
const USED_ATTRIBUTES: ReadonlySet<string> = new Set(['default', 'type', 'optional', 'isArray']);

function placeKey(objectId: string, field: string | undefined): string {
  return JSON.stringify([objectId, field ?? null]);
}
