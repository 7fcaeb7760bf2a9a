import { IsOptional } from 'class-validator';
import { maskSecrets } from '../../model/definition/secrets.js';
import { InvalidRequest } from '../../model/errors.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PipelineIdInput } from './pipeline-id.input.js';

export class GetPipelineDefinitionInput extends PipelineIdInput {
  @IsOptional()
  @Text(TEXT.string)
  version?: string;
}

/**
 * The definition as it was put, secrets masked: `latest` (default) or `active`. Parameter members are left out when they
 * are empty. A version that does not exist yet reads as the empty definition (our choice for `active`). Source: api.md 2.1.
 */
@Operation('GetPipelineDefinition', GetPipelineDefinitionInput)
export class GetPipelineDefinition {
  constructor(private readonly pipelines: PipelineStore) {}

  async handle({ pipelineId, version = 'latest' }: GetPipelineDefinitionInput): Promise<object> {
    const wanted = version === '' ? 'latest' : version.toLowerCase();
    if (wanted !== 'latest' && wanted !== 'active') {
      throw new InvalidRequest(`version "${version}" is unknown: expected latest or active`);
    }
    await this.pipelines.get(pipelineId);
    const stored = await this.pipelines.readDefinition(pipelineId, wanted);
    if (stored === undefined) return { pipelineObjects: [] };
    const { pipelineObjects, parameterObjects, parameterValues } = maskSecrets(stored.definition);
    return {
      pipelineObjects,
      ...(parameterObjects.length === 0 ? {} : { parameterObjects }),
      ...(parameterValues.length === 0 ? {} : { parameterValues }),
    };
  }
}
