import type { Component } from '../definition/component.js';
import type { EvaluationContext } from '../expression/context.js';
import { evaluateEachField } from '../expression/evaluate.js';
import { objectType } from '../objects/catalogue.js';
import type { CompiledPipeline } from './compile.js';
import { awsTime, instanceIdOf } from './ids.js';
import type { IntervalPlan } from './plan.js';

/**
 * The fields of an object as its worker gets them. Of what it inherits and its type does not know (a user field on
 * Default, say) nobody needs the value: there an expression that cannot be evaluated is left out; among `known` fields it
 * is a problem. Plan and run both evaluate here.
 */
export function evaluateForWork(
  component: Component,
  context: EvaluationContext,
  known: ReadonlySet<string>,
  keys?: readonly string[],
): ReturnType<typeof evaluateEachField> {
  const { fields, problems } = evaluateEachField(component, context, keys);
  return { fields, problems: problems.filter(({ field }) => known.has(field)) };
}

/** The fields that the type of an object knows. */
export function knownFields(component: Component): ReadonlySet<string> {
  return new Set(Object.keys(objectType(component.type)?.fields ?? {}));
}

/** Where the fields of object `self` are evaluated; `runtime` as in EvaluationContext. */
export function contextInInterval(
  pipeline: CompiledPipeline,
  self: string,
  node: string | undefined,
  runtime: EvaluationContext['runtime'],
  withoutValue?: EvaluationContext['withoutValue'],
): EvaluationContext {
  return {
    pipelineId: pipeline.pipelineId,
    components: pipeline.components,
    parameters: pipeline.parameters,
    ...(withoutValue === undefined ? {} : { withoutValue }),
    self,
    ...(node === undefined ? {} : { node }),
    runtime,
  };
}

/** Runtime fields of an object in an interval that are known before anything has run. */
export function intervalFields(
  pipeline: CompiledPipeline,
  { scheduleId, interval }: Pick<IntervalPlan, 'scheduleId' | 'interval'>,
  objectId: string,
): Record<string, string> {
  // Objects of other schedules have instances of other intervals.
  const hasInstance = pipeline.runnables.get(objectId)?.scheduleId === scheduleId;
  return {
    '@pipelineId': pipeline.pipelineId,
    '@scheduledStartTime': awsTime(interval.start),
    '@scheduledEndTime': awsTime(interval.end),
    '@version': String(pipeline.activation),
    '@sphere': 'INSTANCE',
    '@id': hasInstance ? instanceIdOf(objectId, interval.start) : objectId,
  };
}
