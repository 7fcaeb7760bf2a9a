import { BadRequestException, Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiGoneResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { PipelineNotFound } from '../../model/errors.js';
import { STATUS } from '../../model/instance/status.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { BearerGuard } from './bearer.guard.js';
import { InstancePageView, instanceView, PipelinePageView, PipelineView, pipelineView } from './views.js';

const DEFAULT_LIMIT = 100;
const MAXIMUM_LIMIT = 1000;

/** Pipelines and their instances, to read. */
@ApiTags('pipelines')
@ApiBearerAuth()
@ApiUnauthorizedResponse()
@Controller('v1/pipelines')
@UseGuards(BearerGuard)
export class PipelinesController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
  ) {}

  /** All pipelines that were not deleted, in order of creation. */
  @Get()
  @ApiQuery({ name: 'limit', required: false, type: Number })
  @ApiQuery({ name: 'after', required: false, type: String })
  @ApiOkResponse({ type: PipelinePageView })
  async list(@Query('limit') limit?: unknown, @Query('after') after?: unknown): Promise<PipelinePageView> {
    const page = await this.pipelines.list({ limit: limitOf(limit), ...cursorOf(after) });
    return { pipelines: page.pipelines.map(pipelineView), ...nextOf(page.marker) };
  }

  /** One pipeline. */
  @Get(':id')
  @ApiOkResponse({ type: PipelineView })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async get(@Param('id') id: string): Promise<PipelineView> {
    return pipelineView(await this.pipelines.get(idOf(id)));
  }

  /** Its instances, by scheduled start and id. */
  @Get(':id/instances')
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
}

/** What cannot be an id is not looked up: the store would refuse the text itself. */
function idOf(id: string): string {
  if (!/^[\w-]{1,100}$/.test(id)) throw new PipelineNotFound(id.slice(0, 100));
  return id;
}

function limitOf(value: unknown): number {
  if (value === undefined) return DEFAULT_LIMIT;
  const limit = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= MAXIMUM_LIMIT) return limit;
  throw new BadRequestException(
    `limit ${JSON.stringify(value)}: expected a whole number from 1 to ${MAXIMUM_LIMIT}`,
  );
}

function cursorOf(value: unknown): { after?: string } {
  if (value === undefined || value === '') return {};
  if (typeof value === 'string') return { after: value };
  throw new BadRequestException('after: expected one value, the `next` of the page before');
}

function nextOf(marker: string | undefined): { next?: string } {
  return marker === undefined ? {} : { next: marker };
}

/** `status=A&status=B` and `status=A,B` are the same. */
function statusesOf(value: unknown): string[] {
  if (value === undefined) return [];
  const names = (Array.isArray(value) ? value : [value]).flatMap((each) =>
    String(each).toUpperCase().split(','),
  );
  const unknown = names.find((name) => !Object.hasOwn(STATUS, name));
  if (unknown === undefined) return names;
  throw new BadRequestException(`status "${unknown}" is unknown: expected ${Object.keys(STATUS).join(', ')}`);
}
