import { checkAlarms } from './check-alarms.js';
import { checkConditions } from './check-conditions.js';
import { checkDatabases } from './check-databases.js';
import { checkExpressions } from './check-expressions.js';
import { checkTypesAndFields } from './check-fields.js';
import { checkInheritedNames } from './check-inherited-names.js';
import { checkReferences } from './check-references.js';
import { checkSchedules } from './check-schedules.js';
import { checkStructure } from './check-structure.js';
import { checkTriggers } from './check-triggers.js';
import { checkValues } from './check-values.js';
import { Inspection } from './inspection.js';
import type { DefinitionProblem, ParameterValue, PipelineDefinition } from './pipeline-definition.js';

export interface ValidationOptions {
  /** Values that ActivatePipeline is given; they win over those of the definition. */
  readonly activationValues?: readonly ParameterValue[];
}

/**
 * Everything that is wrong with a definition, all at once. `fatal`: it cannot be saved; `error`: saved, not activatable;
 * `warning`: both, but doubtful, or beyond AWS's quotas. Without a clock, so nothing is said of starts in the past.
 * Source: semantics.md 15, 17, observed.md.
 */
export function validateDefinition(
  definition: PipelineDefinition,
  { activationValues = [] }: ValidationOptions = {},
): DefinitionProblem[] {
  return validate(new Inspection(definition, activationValues));
}

/** The same of a definition that is under inspection already. */
export function validate(inspection: Inspection): DefinitionProblem[] {
  checkStructure(inspection);
  for (const check of CHECKS) {
    if (inspection.isSettled) break;
    check(inspection);
  }
  return inspection.problems;
}

/** None of them finds what is fatal. */
const CHECKS = [
  checkTypesAndFields,
  checkInheritedNames,
  checkReferences,
  checkExpressions,
  checkValues,
  checkSchedules,
  checkConditions,
  checkDatabases,
  checkAlarms,
  checkTriggers,
] as const;
