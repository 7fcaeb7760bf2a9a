import {
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Access } from '../access/access.decorator.js';
import { AccessControl } from '../access/access-control.js';
import { pipelineHealth } from '../objects/health.js';
import { CreatePipeline, checkedTags } from '../pipelines/create-pipeline.operation.js';
import { DeletePipeline } from '../pipelines/delete-pipeline.operation.js';
import { DefinitionVersions } from '../store/definition-versions.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PipelineNameTaken, type Pipeline, type Tag } from '../store/pipeline.js';
import { callerOf } from './caller.js';
import { Does, InPipeline, Paged } from './describe.js';
import { NewPipelineInput, PipelineChangeInput } from './pipeline.input.js';
import { cursorOf, flagOf, idOf, limitOf, nextOf } from './query.js';
import { bodyOf } from './request-body.js';
import { PipelinePageView, PipelineView, pipelineView } from './views.js';

/** Pipelines whose definitions are in memory at once. */
const HEALTH_BATCH = 20;

/** Pipelines: made, shown, described, deleted. */
@ApiTags('pipelines')
@Controller('v1/pipelines')
export class PipelinesController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly definitions: DefinitionVersions,
    private readonly objects: ObjectStore,
    private readonly createPipeline: CreatePipeline,
    private readonly deletePipeline: DeletePipeline,
    private readonly access: AccessControl,
  ) {}

  @Post()
  @Access('datapipeline:CreatePipeline')
  @Does('createPipeline', 'Makes a pipeline without a definition')
  @ApiBody({ type: NewPipelineInput })
  @ApiCreatedResponse({
    type: PipelineView,
    headers: { Location: { description: 'Its path', schema: { type: 'string' } } },
  })
  async create(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<PipelineView> {
    const { uniqueId = randomUUID(), ...input } = await bodyOf(request, NewPipelineInput);
    const { pipelineId } = await this.createPipeline.handle({ ...input, uniqueId }, callerOf(response));
    response.setHeader('Location', `/v1/pipelines/${pipelineId}`);
    return pipelineView(await this.pipelines.get(pipelineId));
  }

  @Get()
  @Access('datapipeline:ListPipelines')
  @Does(
    'listPipelines',
    'All pipelines that were not deleted and that the caller may see, in order of creation',
  )
  @Paged()
  @ApiQuery({ name: 'health', required: false, type: Boolean, description: 'With the health of each' })
  @ApiOkResponse({ type: PipelinePageView })
  async list(
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
    @Query('health') health?: unknown,
  ): Promise<PipelinePageView> {
    const withHealth = flagOf('health', health);
    const page = await this.pipelines.list({
      limit: limitOf(limit),
      ...cursorOf('pipelines', after),
      isVisible: this.access.visible(),
    });
    const healths = withHealth ? await this.healths(page.pipelines) : new Map<string, undefined>();
    const pipelines = page.pipelines.map((pipeline) => pipelineView(pipeline, healths.get(pipeline.id)));
    return { pipelines, ...nextOf('pipelines', page.marker) };
  }

  @Get(':id')
  @Access('datapipeline:DescribePipelines')
  @Does('getPipeline', 'One pipeline')
  @InPipeline()
  @ApiOkResponse({ type: PipelineView })
  async get(@Param('id') id: string): Promise<PipelineView> {
    return pipelineView(await this.pipelines.get(idOf(id)));
  }

  @Patch(':id')
  @Access('penstock:ChangePipeline')
  @Does('changePipeline', 'Changes its name, description or tags')
  @InPipeline()
  @ApiBody({ type: PipelineChangeInput })
  @ApiOkResponse({ type: PipelineView })
  @ApiConflictResponse({
    description: 'Its creator has another pipeline of this name with the same uniqueId',
  })
  async change(@Param('id') id: string, @Req() request: IncomingMessage): Promise<PipelineView> {
    const { tags, ...input } = await bodyOf(request, PipelineChangeInput);
    if (tags !== undefined) await this.checkTags(idOf(id), checkedTags(tags));
    try {
      return pipelineView(
        await this.pipelines.describe(idOf(id), {
          ...input,
          ...(tags === undefined ? {} : { tags: checkedTags(tags) }),
        }),
      );
    } catch (error) {
      throw error instanceof PipelineNameTaken
        ? new ConflictException(error.message, { cause: error })
        : error;
    }
  }

  @Delete(':id')
  @HttpCode(202)
  @Access('datapipeline:DeletePipeline')
  @Does('deletePipeline', 'Ends what runs, and deletes the pipeline with its definition and history')
  @InPipeline()
  @ApiAcceptedResponse({ description: 'It is DELETING; when that is done its id is answered with 410' })
  async delete(@Param('id') id: string): Promise<void> {
    await this.deletePipeline.handle({ pipelineId: idOf(id) });
  }

  /** To give other tags is to add some and to remove some: who may not do that on its own may not do it so. */
  private async checkTags(pipelineId: string, wanted: readonly Tag[]): Promise<void> {
    const { tags } = await this.pipelines.get(pipelineId);
    const added = wanted.filter(
      ({ key, value }) => !tags.some((tag) => tag.key === key && tag.value === value),
    );
    const removed = tags.filter(({ key }) => !wanted.some((tag) => tag.key === key));
    const pipelineIds = [pipelineId];
    if (added.length > 0)
      await this.access.check('datapipeline:AddTags', { pipelineIds, requestTags: added });
    if (removed.length > 0) {
      const requestTags = removed.map(({ key }) => ({ key }));
      await this.access.check('datapipeline:RemoveTags', { pipelineIds, requestTags });
    }
  }

  private async healths(pipelines: readonly Pipeline[]) {
    const healths = new Map<string, ReturnType<typeof pipelineHealth>>();
    for (let from = 0; from < pipelines.length; from += HEALTH_BATCH) {
      const ids = pipelines.slice(from, from + HEALTH_BATCH).map(({ id }) => id);
      const components = (await this.definitions.inForce(ids)).flatMap(({ pipelineId, definition }) =>
        definition.pipelineObjects.map(({ id: componentId }) => ({ pipelineId, componentId })),
      );
      const outcomes = await this.objects.outcomesOfMany(components);
      for (const id of ids) {
        healths.set(id, pipelineHealth(outcomes.filter(({ pipelineId }) => pipelineId === id)));
      }
    }
    return healths;
  }
}
