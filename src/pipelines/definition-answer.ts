import { validationErrors, validationWarnings } from '../../model/definition/problem.js';
import type { DefinitionProblem } from '../../model/definition/pipeline-definition.js';

/** Answer of PutPipelineDefinition and ValidatePipelineDefinition. */
export interface DefinitionAnswer {
  readonly errored: boolean;
  readonly validationErrors: readonly object[];
  readonly validationWarnings: readonly object[];
}

/** The problems of a definition as both operations answer them; fatal ones are errors here. */
export function definitionAnswer(problems: readonly DefinitionProblem[]): DefinitionAnswer {
  return {
    errored: problems.some(isError),
    validationErrors: validationErrors(problems),
    validationWarnings: validationWarnings(problems),
  };
}

/** True for what keeps a definition from being activated. */
export function isError(problem: DefinitionProblem): boolean {
  return problem.severity !== 'warning';
}

/** At most so many problems are written into one error message. */
const SHOWN = 50;

/** The problems in one text, each with its object. */
export function listOf(problems: readonly DefinitionProblem[]): string {
  const texts = problems
    .slice(0, SHOWN)
    .map(({ objectId, message }) =>
      objectId === undefined ? message : `ObjectId = '${objectId}': ${message}`,
    );
  return [...texts, ...(problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [])].join('; ');
}
