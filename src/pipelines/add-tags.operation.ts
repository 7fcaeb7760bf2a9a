import { ArrayMaxSize, IsArray } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import { AccessControl } from '../access/access-control.js';
import { Nested } from '../aws-json/nested.js';
import { Operation } from '../aws-json/operation.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { checkedTags, MAXIMUM_TAGS, TagInput } from './create-pipeline.operation.js';
import { PipelineIdInput } from './pipeline-id.input.js';

export class AddTagsInput extends PipelineIdInput {
  @IsArray()
  @ArrayMaxSize(MAXIMUM_TAGS)
  @Nested(() => TagInput, { each: true })
  tags!: TagInput[];
}

/** Adds tags, or overwrites those with the same key. Source: api.md 2.1. */
@Operation('AddTags', AddTagsInput)
export class AddTags {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly access: AccessControl,
  ) {}

  async handle({ pipelineId, tags }: AddTagsInput): Promise<object> {
    const added = checkedTags(tags);
    const subject = { pipelineIds: [pipelineId], requestTags: added };
    await this.access.check('datapipeline:AddTags', subject);
    const present = (await this.pipelines.get(pipelineId)).tags;
    const count = new Set([...present, ...added].map(({ key }) => key)).size;
    if (count > MAXIMUM_TAGS) {
      throw new InvalidRequest(
        `Pipeline ${pipelineId} would have ${count} tags: expected at most ${MAXIMUM_TAGS}`,
      );
    }
    await this.pipelines.addTags(pipelineId, added);
    return {};
  }
}
