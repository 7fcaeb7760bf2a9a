import { ArrayMaxSize, IsArray, IsOptional } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import { AccessControl } from '../access/access-control.js';
import { Nested } from '../aws-json/nested.js';
import { Operation, type Caller } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { Config } from '../config/config.js';
import { PipelineStore } from '../store/pipeline-store.js';

/** Most tags of a pipeline. Source: semantics.md 16. */
export const MAXIMUM_TAGS = 10;

/** Tag of the API. */
export class TagInput {
  @Text(TEXT.tagKey)
  key!: string;

  @Text(TEXT.tagValue)
  value!: string;
}

export class CreatePipelineInput {
  @Text(TEXT.id)
  name!: string;

  @Text(TEXT.id)
  uniqueId!: string;

  @IsOptional()
  @Text(TEXT.string)
  description?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_TAGS)
  @Nested(() => TagInput, { each: true })
  tags?: TagInput[];
}

/** Makes an empty pipeline; the same name and uniqueId of the same user name the same pipeline. Source: api.md 2.1. */
@Operation('CreatePipeline', CreatePipelineInput)
export class CreatePipeline {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly config: Config,
    private readonly access: AccessControl,
  ) {}

  async handle(input: CreatePipelineInput, { principal }: Caller): Promise<{ pipelineId: string }> {
    const tags = checkedTags(input.tags ?? []);
    await this.access.check('datapipeline:CreatePipeline', { requestTags: tags });
    const { pipelineId } = await this.pipelines.create({
      name: input.name,
      uniqueId: input.uniqueId,
      ...(input.description === undefined ? {} : { description: input.description }),
      tags,
      // The user, not the key: a new key of the same user must not make its pipelines somebody else's.
      creator: principal.arn,
      accountId: this.config.accountId,
    });
    return { pipelineId };
  }
}

/** The tags as plain objects. @throws InvalidRequest when a key is there twice. */
export function checkedTags(tags: readonly TagInput[]): { key: string; value: string }[] {
  const keys = new Set<string>();
  for (const { key } of tags) {
    if (keys.has(key)) throw new InvalidRequest(`Tag key "${key}" is given twice: expected unique keys`);
    keys.add(key);
  }
  return tags.map(({ key, value }) => ({ key, value }));
}
