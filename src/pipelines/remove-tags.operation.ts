import { IsArray } from 'class-validator';
import { AccessControl } from '../access/access-control.js';
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
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly access: AccessControl,
  ) {}

  async handle({ pipelineId, tagKeys }: RemoveTagsInput): Promise<object> {
    const subject = { pipelineIds: [pipelineId], requestTags: tagKeys.map((key) => ({ key })) };
    await this.access.check('datapipeline:RemoveTags', subject);
    await this.pipelines.removeTags(pipelineId, tagKeys);
    return {};
  }
}
