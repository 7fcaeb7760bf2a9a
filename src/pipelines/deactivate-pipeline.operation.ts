import { IsBoolean, IsOptional } from 'class-validator';
import { Operation } from '../aws-json/operation.js';
import { PipelineEngine } from '../schedules/pipeline-engine.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PipelineIdInput } from './pipeline-id.input.js';

export class DeactivatePipelineInput extends PipelineIdInput {
  @IsOptional()
  @IsBoolean()
  cancelActive?: boolean;
}

/** Stops scheduling; running objects are cancelled (default) or left to finish. Source: semantics.md 14.2. */
@Operation('DeactivatePipeline', DeactivatePipelineInput)
export class DeactivatePipeline {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly engine: PipelineEngine,
  ) {}

  async handle({ pipelineId, cancelActive = true }: DeactivatePipelineInput): Promise<object> {
    await this.pipelines.get(pipelineId);
    await this.engine.deactivate(pipelineId, { cancelActive });
    return {};
  }
}
