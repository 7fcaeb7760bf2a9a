import { IsArray } from 'class-validator';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PipelineIdInput } from './pipeline-id.input.js';

export class RemoveTagsInput extends PipelineIdInput {
  @IsArray()
  @Text(TEXT.string, { each: true })
  tagKeys!: string[];
}

/** Removes tags; a key that is not there is no error. Source: api.md 2.1. */
@Operation('RemoveTags', RemoveTagsInput)
export class RemoveTags {
  constructor(private readonly pipelines: PipelineStore) {}

  async handle({ pipelineId, tagKeys }: RemoveTagsInput): Promise<object> {
    await this.pipelines.removeTags(pipelineId, tagKeys);
    return {};
  }
}
