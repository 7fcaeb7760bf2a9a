import { Operation } from '../aws-json/operation.js';
import { PipelineEngine } from '../schedules/pipeline-engine.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PipelineIdInput } from './pipeline-id.input.js';

/** Ends what runs and deletes the pipeline with its definition and history. Source: api.md 2.1. */
@Operation('DeletePipeline', PipelineIdInput)
export class DeletePipeline {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly engine: PipelineEngine,
  ) {}

  async handle({ pipelineId }: PipelineIdInput): Promise<void> {
    await this.pipelines.get(pipelineId);
    await this.engine.remove(pipelineId);
  }
}
