import type { DefinitionProblem, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { isError } from '../pipelines/definition-answer.js';
import type { ValidationView } from './plan.view.js';

/** What is wrong with a definition, as REST shows it; what this release cannot run is told of definitions without errors. */
export function validationView(
  definition: PipelineDefinition,
  problems: readonly DefinitionProblem[],
  notYetOf: (definition: PipelineDefinition) => readonly DefinitionProblem[],
): ValidationView {
  const errors = problems.filter(isError).length;
  return {
    objects: definition.pipelineObjects.length,
    errors,
    warnings: problems.length - errors,
    problems,
    notYet: errors === 0 ? notYetOf(definition) : [],
  };
}
