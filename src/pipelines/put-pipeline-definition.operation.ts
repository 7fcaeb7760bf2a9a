import type { DefinitionProblem } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import { AccessControl } from '../access/access-control.js';
import { Operation } from '../aws-json/operation.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { definitionAnswer, isError, listOf, type DefinitionAnswer } from './definition-answer.js';
import { DefinitionCheck } from './definition-check.js';
import { DefinitionInput, definitionOf } from './definition.input.js';
import { keepMaskedSecrets } from './masked-secrets.js';
import { SecretSeal } from './secret-seal.js';

/**
 * Replaces the whole definition (`latest`). With errors it is stored and cannot be activated; with fatal ones nothing is
 * stored. Source: api.md 2.1.
 */
@Operation('PutPipelineDefinition', DefinitionInput)
export class PutPipelineDefinition {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly check: DefinitionCheck,
    private readonly seal: SecretSeal,
    private readonly access: AccessControl,
  ) {}

  async handle(input: DefinitionInput): Promise<DefinitionAnswer> {
    return definitionAnswer((await this.put(input)).problems);
  }

  /** The same for REST: only in place of the version that is named, if one is. @throws DefinitionChanged, InvalidRequest */
  async put(
    input: DefinitionInput,
    replaces?: { readonly version: number | undefined },
  ): Promise<{ readonly version: number; readonly problems: readonly DefinitionProblem[] }> {
    const { pipelineId } = input;
    const given = definitionOf(input);
    await this.access.check('datapipeline:PutPipelineDefinition', {
      pipelineIds: [pipelineId],
      definition: given,
    });
    const stored = await this.pipelines.readDefinition(pipelineId, 'latest');
    const definition =
      stored === undefined ? given : keepMaskedSecrets(given, this.seal.open(pipelineId, stored.definition));
    const problems = await this.check.ofNew(pipelineId, definition);
    const fatal = problems.filter(({ severity }) => severity === 'fatal');
    if (fatal.length > 0) {
      // AWS's text. Source: semantics.md 15.
      throw new InvalidRequest(
        `Pipeline definition has errors: Could not save the pipeline definition due to FATAL errors: [${listOf(fatal)}] ` +
          `Please call Validate to validate your pipeline`,
      );
    }
    const errored = problems.some(isError);
    const { definitionVersion } = await this.pipelines.putDefinition(
      pipelineId,
      this.seal.seal(pipelineId, definition),
      { errored, ...(replaces === undefined ? {} : { replaces }) },
    );
    return { version: definitionVersion, problems };
  }
}
