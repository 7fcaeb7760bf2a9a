import { isReference, type Component, type FieldValue } from '../definition/component.js';
import { contextInInterval, evaluateForWork, intervalFields, knownFields } from './interval-fields.js';
import type { EvaluationContext } from '../expression/context.js';
import type { CompiledPipeline } from './compile.js';
import type { IntervalPlan, PlannedInstance } from './plan.js';

/** A value of a field before the run: as a worker will get it, or why it is not known yet. */
export type PlannedValue = FieldValue | UnresolvedValue;

/** A value that only a run knows, or that cannot be evaluated at all. */
export interface UnresolvedValue {
  /** As the definition has it. */
  readonly unresolved: string;
  readonly reason: string;
}

/** The fields of a planned instance, in the order of the definition. */
export type PlannedFields = Readonly<Record<string, readonly PlannedValue[]>>;

/**
 * Makes the function that evaluates the fields of planned instances as the run does (buildTask), but before it. What
 * no interval changes is evaluated once for each object.
 */
export function plannedFieldsOf(
  pipeline: CompiledPipeline,
  withoutValue?: EvaluationContext['withoutValue'],
): (instance: PlannedInstance, place: Pick<IntervalPlan, 'scheduleId' | 'interval'>) => PlannedFields {
  const known = new Map<string, ObjectFields>();
  return (instance, place) => {
    const node = instance.node?.componentId;
    const key = JSON.stringify([instance.componentId, node, place.scheduleId]);
    const fields =
      known.get(key) ?? new ObjectFields(pipeline, instance.componentId, node, place, withoutValue);
    known.set(key, fields);
    return fields.in(place);
  };
}

type Place = Pick<IntervalPlan, 'scheduleId' | 'interval'>;

/** The fields of one object, parted into what is the same in every interval and the rest. */
class ObjectFields {
  readonly #known: ReadonlySet<string>;
  readonly #component: Component;
  readonly #same: PlannedFields;
  readonly #changing: ReadonlySet<string>;

  constructor(
    readonly pipeline: CompiledPipeline,
    readonly objectId: string,
    readonly node: string | undefined,
    place: Place,
    readonly withoutValue: EvaluationContext['withoutValue'],
  ) {
    const component = pipeline.components.get(objectId);
    if (component === undefined) throw new Error(`No object "${objectId}" in the definition`);
    this.#component = component;
    this.#known = knownFields(component);
    const changing = new Set<string>();
    const same: [string, readonly PlannedValue[]][] = [];
    for (const field of Object.keys(component.fields)) {
      const { fields, asked } = this.#evaluate(place, [field]);
      if (asked) changing.add(field);
      same.push(...fields);
    }
    this.#same = Object.fromEntries(same);
    this.#changing = changing;
  }

  in(place: Place): PlannedFields {
    if (this.#changing.size === 0) return this.#same;
    const now = new Map(this.#evaluate(place, [...this.#changing]).fields);
    const entries: [string, readonly PlannedValue[]][] = [];
    for (const field of Object.keys(this.#component.fields)) {
      const values = this.#changing.has(field) ? now.get(field) : this.#same[field];
      if (values !== undefined) entries.push([field, values]);
    }
    return Object.fromEntries(entries);
  }

  /** `asked`: a runtime field was asked for, so another interval may give other values. */
  #evaluate(
    place: Place,
    keys: readonly string[],
  ): { readonly fields: [string, readonly PlannedValue[]][]; readonly asked: boolean } {
    let asked = false;
    const runtime = (objectId: string): Record<string, string> => {
      asked = true;
      return intervalFields(this.pipeline, place, objectId);
    };
    const context = contextInInterval(this.pipeline, this.objectId, this.node, runtime, this.withoutValue);
    const { fields, problems } = evaluateForWork(this.#component, context, this.#known, keys);
    const unresolved = problems.map(({ field, error }): [string, readonly PlannedValue[]] => [
      field,
      (this.#component.fields[field] ?? []).map((value) =>
        isReference(value) ? value : { unresolved: value, reason: error.problem },
      ),
    ]);
    return { fields: [...Object.entries(fields), ...unresolved], asked };
  }
}
