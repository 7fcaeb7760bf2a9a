import type { DefinitionProblem, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { AccessControl } from '../access/access-control.js';
import { Operation } from '../aws-json/operation.js';
import { definitionAnswer, type DefinitionAnswer } from './definition-answer.js';
import { DefinitionCheck } from './definition-check.js';
import { DefinitionInput, definitionOf } from './definition.input.js';

/** The checks of PutPipelineDefinition without storing anything; fatal problems are errors here. Source: api.md 2.1. */
@Operation('ValidatePipelineDefinition', DefinitionInput)
export class ValidatePipelineDefinition {
  constructor(
    private readonly check: DefinitionCheck,
    private readonly access: AccessControl,
  ) {}

  async handle(input: DefinitionInput): Promise<DefinitionAnswer> {
    return definitionAnswer(await this.problemsOf(input));
  }

  /** The same for REST. */
  async problemsOf(input: DefinitionInput): Promise<readonly DefinitionProblem[]> {
    return this.check.ofNew(input.pipelineId, await this.allowed(input));
  }

  private async allowed(input: DefinitionInput): Promise<PipelineDefinition> {
    const definition = definitionOf(input);
    const subject = { pipelineIds: [input.pipelineId], definition };
    await this.access.check('datapipeline:ValidatePipelineDefinition', subject);
    return definition;
  }
}
