import { Inspection } from './inspection.js';
import type { DefinitionProblem, PipelineDefinition } from './pipeline-definition.js';
import { notRunnable } from './runnable.js';
import { validate, type ValidationOptions } from './validate.js';

/** What is said of a definition when it is to be activated. */
export interface ActivationCheck {
  /** As validateDefinition has them. */
  readonly problems: readonly DefinitionProblem[];
  /** As activationProblems has them: what this release cannot run yet. */
  readonly notYet: readonly DefinitionProblem[];
}

/** validateDefinition and activationProblems, with inheritance and parameters resolved once for both. */
export function checkActivation(
  definition: PipelineDefinition,
  { activationValues = [] }: ValidationOptions = {},
): ActivationCheck {
  const inspection = new Inspection(definition, activationValues);
  return { problems: validate(inspection), notYet: notRunnable(inspection) };
}
