import { BadRequestException, Controller, Get, Param, Query } from '@nestjs/common';
import { ApiGoneResponse, ApiNotFoundResponse, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { STATUS, statusesCalled } from '../../model/instance/status.js';
import { pipelineHealth } from '../objects/health.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import type { Pipeline } from '../store/pipeline.js';
import { cursorOf, flagOf, idOf, limitOf, nextOf } from './query.js';
import { InstancePageView, instanceView, PipelinePageView, PipelineView, pipelineView } from './views.js';

/** Pipelines whose definitions are in memory at once. */
const HEALTH_BATCH = 20;

/** Pipelines and their instances, to read. */
@ApiTags('pipelines')
@Controller('v1/pipelines')
export class PipelinesController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
  ) {}

  /** All pipelines that were not deleted, in order of creation. */
  @Get()
  @Access('datapipeline:ListPipelines')
  @ApiQuery({ name: 'limit', required: false, type: Number })
  @ApiQuery({ name: 'after', required: false, type: String })
  @ApiQuery({ name: 'health', required: false, type: Boolean, description: 'With the health of each' })
  @ApiOkResponse({ type: PipelinePageView })
  async list(
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
    @Query('health') health?: unknown,
  ): Promise<PipelinePageView> {
    const withHealth = flagOf('health', health);
    const page = await this.pipelines.list({ limit: limitOf(limit), ...cursorOf(after) });
    const healths = withHealth ? await this.healths(page.pipelines) : new Map<string, undefined>();
    const pipelines = page.pipelines.map((pipeline) => pipelineView(pipeline, healths.get(pipeline.id)));
    return { pipelines, ...nextOf(page.marker) };
  }

  /** One pipeline. */
  @Get(':id')
  @Access('datapipeline:DescribePipelines')
  @ApiOkResponse({ type: PipelineView })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async get(@Param('id') id: string): Promise<PipelineView> {
    return pipelineView(await this.pipelines.get(idOf(id)));
  }

  /** Its instances, by scheduled start and id. */
  @Get(':id/instances')
  @Access('datapipeline:QueryObjects')
  @ApiQuery({ name: 'limit', required: false, type: Number })
  @ApiQuery({ name: 'after', required: false, type: String })
  @ApiQuery({ name: 'status', required: false, enum: Object.keys(STATUS), isArray: true })
  @ApiOkResponse({ type: InstancePageView })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async instances(
    @Param('id') id: string,
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
    @Query('status') status?: unknown,
  ): Promise<InstancePageView> {
    const page = { limit: limitOf(limit), ...cursorOf(after) };
    const statuses = statusesOf(status);
    await this.pipelines.get(idOf(id));
    if (statuses.length === 0) {
      const { instances, marker } = await this.objects.listInstances(id, page);
      return { instances: instances.map(instanceView), ...nextOf(marker) };
    }
    const selectors = [{ fieldName: '@status', type: 'EQ' as const, values: statuses }];
    const { ids, marker } = await this.objects.query({
      pipelineId: id,
      sphere: 'INSTANCE',
      selectors,
      ...page,
    });
    const byId = new Map((await this.objects.instances(id, ids)).map((row) => [row.id, row]));
    // In the order of the ids; one that was deleted in between is not there any more.
    const rows = ids.map((each) => byId.get(each)).filter((row) => row !== undefined);
    return { instances: rows.map(instanceView), ...nextOf(marker) };
  }

  private async healths(pipelines: readonly Pipeline[]) {
    const healths = new Map<string, ReturnType<typeof pipelineHealth>>();
    for (let from = 0; from < pipelines.length; from += HEALTH_BATCH) {
      const ids = pipelines.slice(from, from + HEALTH_BATCH).map(({ id }) => id);
      const components = (await this.pipelines.readActiveDefinitions(ids)).flatMap(
        ({ pipelineId, definition }) =>
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

/** `status=A&status=B` and `status=A,B` are the same. */
function statusesOf(value: unknown): string[] {
  if (value === undefined) return [];
  const names = (Array.isArray(value) ? value : [value]).flatMap((each) =>
    String(each).split(',').flatMap(statusesCalled),
  );
  const unknown = names.find((name) => !Object.hasOwn(STATUS, name));
  if (unknown === undefined) return names;
  throw new BadRequestException(`status "${unknown}" is unknown: expected ${Object.keys(STATUS).join(', ')}`);
}
