import type { Component } from '../../model/definition/component.js';
import type { EvaluationContext } from '../../model/expression/context.js';
import { evaluateEachField } from '../../model/expression/evaluate.js';
import type { Field } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import type { ReadableDefinition } from './definitions.js';

/** Whose fields are evaluated, and what is known of it at this moment. */
export interface EvaluationSubject {
  readonly pipelineId: string;
  readonly component: Component;
  /** Preconditions and actions: the component they are for. */
  readonly nodeId?: string | undefined;
  /** Runtime fields of the instance or attempt; none for a component. */
  readonly runtime?: readonly Field[];
}

/** Runtime fields that all instances of an interval share. */
const OF_THE_INTERVAL = new Set(['@scheduledStartTime', '@scheduledEndTime', '@pipelineId', '@version']);

/**
 * The component with its expressions evaluated. A field of an instance that cannot be evaluated yet stays as it is; on
 * a component this is an error, as it is at AWS (api.md 2.2).
 * @throws InvalidRequest naming object and field.
 */
export function evaluatedComponent(definition: ReadableDefinition, subject: EvaluationSubject): Component {
  const { component, runtime } = subject;
  const { fields, problems } = evaluateEachField(component, evaluationContext(definition, subject));
  const [problem] = problems;
  if (problem !== undefined && runtime === undefined) throw new InvalidRequest(problem.error.message);
  const kept = problems.map(({ field }) => [field, component.fields[field] ?? []] as const);
  return { ...component, fields: { ...fields, ...Object.fromEntries(kept) } };
}

/** Where expressions of the subject are evaluated. */
export function evaluationContext(
  definition: ReadableDefinition,
  { component, pipelineId, nodeId, runtime }: EvaluationSubject,
): EvaluationContext {
  const own = textsByKey(runtime ?? []);
  const shared = Object.fromEntries(Object.entries(own).filter(([key]) => OF_THE_INTERVAL.has(key)));
  return {
    pipelineId,
    components: definition.components,
    parameters: definition.parameters,
    self: component.id,
    ...(nodeId === undefined ? {} : { node: nodeId }),
    runtime: (objectId) => (objectId === component.id ? own : shared),
  };
}

function textsByKey(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap(({ key, stringValue }) => (stringValue === undefined ? [] : [[key, stringValue]])),
  );
}
