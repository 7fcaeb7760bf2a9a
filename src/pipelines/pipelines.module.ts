import { Module } from '@nestjs/common';
import { ActivatePipeline } from './activate-pipeline.operation.js';
import { AddTags } from './add-tags.operation.js';
import { CreatePipeline } from './create-pipeline.operation.js';
import { DeactivatePipeline } from './deactivate-pipeline.operation.js';
import { DefinitionCheck } from './definition-check.js';
import { DeletePipeline } from './delete-pipeline.operation.js';
import { DescribePipelines } from './describe-pipelines.operation.js';
import { GetPipelineDefinition } from './get-pipeline-definition.operation.js';
import { ListPipelines } from './list-pipelines.operation.js';
import { PutPipelineDefinition } from './put-pipeline-definition.operation.js';
import { RemoveTags } from './remove-tags.operation.js';
import { SecretSeal } from './secret-seal.js';
import { ValidatePipelineDefinition } from './validate-pipeline-definition.operation.js';

/** Pipelines and their definitions on the AWS endpoint. */
@Module({
  providers: [
    DefinitionCheck,
    SecretSeal,
    CreatePipeline,
    PutPipelineDefinition,
    ValidatePipelineDefinition,
    GetPipelineDefinition,
    ActivatePipeline,
    DeactivatePipeline,
    DescribePipelines,
    ListPipelines,
    DeletePipeline,
    AddTags,
    RemoveTags,
  ],
  // REST calls the same.
  exports: [
    SecretSeal,
    CreatePipeline,
    PutPipelineDefinition,
    ValidatePipelineDefinition,
    ActivatePipeline,
    DeactivatePipeline,
    DeletePipeline,
  ],
})
export class PipelinesModule {}
