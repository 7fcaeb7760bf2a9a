import { IsOptional } from 'class-validator';
import { AccessControl } from '../access/access-control.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineStore } from '../store/pipeline-store.js';

/** Pipelines in one page. AWS does not state its number. */
const PAGE_SIZE = 100;

export class ListPipelinesInput {
  @IsOptional()
  @Text(TEXT.string)
  marker?: string;
}

/** All pipelines that were not deleted and that the caller may describe, in pages. Source: api.md 2.1. */
@Operation('ListPipelines', ListPipelinesInput)
export class ListPipelines {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly access: AccessControl,
  ) {}

  async handle({ marker }: ListPipelinesInput): Promise<object> {
    const page = await this.pipelines.list({
      limit: PAGE_SIZE,
      ...(marker ? { after: marker } : {}),
      isVisible: this.access.visible(),
    });
    return {
      pipelineIdList: page.pipelines.map(({ id, name }) => ({ id, name })),
      ...(page.marker === undefined ? {} : { marker: page.marker }),
      hasMoreResults: page.marker !== undefined,
    };
  }
}
