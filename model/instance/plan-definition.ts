import { checkActivation } from '../definition/activation.js';
import { resolveParameters, withParameterValues } from '../definition/parameters.js';
import type {
  DefinitionProblem,
  ParameterValue,
  PipelineDefinition,
} from '../definition/pipeline-definition.js';
import { problem } from '../definition/problem.js';
import { maskSecrets } from '../definition/secrets.js';
import { DateTimeError, parseDateTime } from '../schedule/date-time.js';
import { compilePipeline, type CompiledPipeline } from './compile.js';
import { crossingProblems } from './crossings.js';
import { planRange, type PlanEntry, type PlanRange } from './plan-range.js';

/** Stands for the id of a pipeline that does not exist yet: what `@pipelineId` shows, and the queues of resources. */
export const PLANNED_PIPELINE_ID = 'df-PLANNED';

export interface PlanDefinitionInput extends PlanRange {
  readonly definition: PipelineDefinition;
  /** Values of an activation; they win over those of the definition. */
  readonly parameterValues?: readonly ParameterValue[];
  readonly pipelineId?: string;
  /** ISO-8601: what FIRST_ACTIVATION_DATE_TIME stands for. @default `from` */
  readonly firstActivationTime?: string;
}

/** A plan, or what keeps the definition from having one. */
export type DefinitionPlan =
  | {
      readonly kind: 'plan';
      readonly warnings: readonly DefinitionProblem[];
      /** Parameters without a value, and what this release cannot run yet: activating the definition is refused for it. */
      readonly notYet: readonly DefinitionProblem[];
      readonly pipeline: CompiledPipeline;
      readonly entries: Iterable<PlanEntry>;
    }
  | { readonly kind: 'refused'; readonly problems: readonly DefinitionProblem[] };

/**
 * The plan of a definition, unless told otherwise as if it were activated for the first time at `from`. Secret values are masked before
 * anything is evaluated, so the plan holds none. @throws RangeError as planRange.
 */
export function planDefinition(input: PlanDefinitionInput): DefinitionPlan {
  const { from, to, scheduleIds, parameterValues = [], pipelineId = PLANNED_PIPELINE_ID } = input;
  const definition = withParameterValues(input.definition, parameterValues);
  const { problems, notYet } = checkActivation(definition);
  // A template is planned before it has its values; what needs one of them is shown unresolved.
  const { missing } = resolveParameters(definition);
  const lacking = new Set([...missing.values()].map(({ message }) => message));
  const warnings = problems.filter(({ message }) => !lacking.has(message));
  if (warnings.some(({ severity }) => severity !== 'warning')) return { kind: 'refused', problems };
  let pipeline: CompiledPipeline;
  try {
    pipeline = compilePipeline({
      pipelineId,
      pipelineName: pipelineId,
      definitionVersion: 1,
      activation: 1,
      definition: maskSecrets(definition),
      firstActivationTime: input.firstActivationTime ?? from.toISOString(),
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: 'refused', problems: [...problems, problem('error', {}, error.message)] };
  }
  const tooMany = crossingProblems(pipeline);
  if (tooMany.length > 0) return { kind: 'refused', problems: [...problems, ...tooMany] };
  const only = scheduleIds === undefined ? {} : { scheduleIds };
  const range: PlanRange = { from, to, ...only, ...(missing.size === 0 ? {} : { withoutValue: missing }) };
  return {
    kind: 'plan',
    warnings,
    notYet: [...missing.values(), ...notYet],
    pipeline,
    entries: planRange(pipeline, range),
  };
}

/** An end of a range: `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, UTC, with or without `Z`. @throws DateTimeError */
export function parseRangeEnd(text: string): Date {
  const trimmed = text.trim();
  try {
    return parseDateTime(
      /^\d{4}-\d\d-\d\d$/.test(trimmed) ? `${trimmed}T00:00:00` : trimmed.replace(/Z$/, ''),
    );
  } catch (error) {
    if (!(error instanceof DateTimeError)) throw error;
    throw new DateTimeError(
      text,
      'is not an instant: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, in UTC, for example 2024-05-24',
    );
  }
}
