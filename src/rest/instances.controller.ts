import { BadRequestException, Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { STATUS, statusesCalled } from '../../model/instance/status.js';
import { Access } from '../access/access.decorator.js';
import type { InstanceRow, ObjectSelector } from '../store/object-selector.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { Does, INSTANCE_ID, InPipeline, Paged } from './describe.js';
import { attemptView, AttemptListView } from './log.views.js';
import { cursorOf, foundOr, idOf, limitOf, listOf, nextOf, objectIdOf } from './query.js';
import { InstancePageView, InstanceView, instanceView } from './views.js';

const INSTANT = { schema: { type: 'string' as const }, required: false, example: '2030-01-01T00:00:00' };
/** The queries for times: field, and whether it is the first or the last. */
const TIMES = {
  from: ['@scheduledStartTime', 'GE'],
  to: ['@scheduledStartTime', 'LE'],
  startedFrom: ['@actualStartTime', 'GE'],
  startedTo: ['@actualStartTime', 'LE'],
} as const;

/** Instances, to read. */
@ApiTags('instances')
@Controller('v1/pipelines/:id/instances')
export class InstancesController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
  ) {}

  @Get()
  @Access('datapipeline:QueryObjects')
  @Does(
    'listInstances',
    'Its instances, by scheduled start and id',
    'All filters must match. Times are UTC, dates alone are taken, too.',
  )
  @InPipeline()
  @Paged()
  @ApiQuery({
    name: 'status',
    required: false,
    enum: Object.keys(STATUS),
    isArray: true,
    description: 'One of these',
  })
  @ApiQuery({
    name: 'object',
    required: false,
    type: String,
    isArray: true,
    description: 'Of one of these objects of the definition',
  })
  @ApiQuery({ ...INSTANT, name: 'from', description: 'Scheduled at or after it' })
  @ApiQuery({ ...INSTANT, name: 'to', description: 'Scheduled at or before it' })
  @ApiQuery({ ...INSTANT, name: 'startedFrom', description: 'Begun at or after it' })
  @ApiQuery({ ...INSTANT, name: 'startedTo', description: 'Begun at or before it' })
  @ApiOkResponse({ type: InstancePageView })
  async list(
    @Param('id') id: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<InstancePageView> {
    const page = { limit: limitOf(query['limit']), ...cursorOf('instances', query['after']) };
    const selectors = selectorsOf(query);
    await this.pipelines.get(idOf(id));
    if (selectors.length === 0) {
      const { instances, marker } = await this.objects.listInstances(id, page);
      return { instances: instances.map(instanceView), ...nextOf('instances', marker) };
    }
    const { ids, marker } = await this.objects.query({
      pipelineId: id,
      sphere: 'INSTANCE',
      selectors,
      ...page,
    });
    const byId = new Map((await this.objects.instances(id, ids)).map((row) => [row.id, row]));
    // In the order of the ids; one that was deleted in between is not there any more.
    const rows = ids.map((each) => byId.get(each)).filter((row) => row !== undefined);
    return { instances: rows.map(instanceView), ...nextOf('instances', marker) };
  }

  @Get(':instanceId')
  @Access('datapipeline:DescribeObjects')
  @Does('getInstance', 'One instance')
  @InPipeline(INSTANCE_ID)
  @ApiOkResponse({ type: InstanceView })
  async get(@Param('id') id: string, @Param('instanceId') instanceId: string): Promise<InstanceView> {
    return instanceView(await this.read(id, instanceId));
  }

  @Get(':instanceId/attempts')
  @Access('datapipeline:DescribeObjects')
  @Does('listAttempts', 'Its attempts, in order')
  @InPipeline(INSTANCE_ID)
  @ApiOkResponse({ type: AttemptListView })
  async attempts(@Param('id') id: string, @Param('instanceId') instanceId: string): Promise<AttemptListView> {
    await this.read(id, instanceId);
    const attempts = await this.objects.attemptsOf(id, [instanceId]);
    return { attempts: attempts.map((attempt) => attemptView(attempt)) };
  }

  private async read(id: string, instanceId: string): Promise<InstanceRow> {
    await this.pipelines.get(idOf(id));
    const known = objectIdOf(instanceId);
    const [instance] = known === undefined ? [] : await this.objects.instances(id, [known]);
    return foundOr(
      instance,
      () => `Pipeline ${id} has no instance ${JSON.stringify(instanceId.slice(0, 300))}`,
    );
  }
}

/** What a query asks for. `status=A&status=B` and `status=A,B` are the same. @throws BadRequestException */
function selectorsOf(query: Readonly<Record<string, unknown>>): ObjectSelector[] {
  const statuses = listOf(query['status']).flatMap((each) => each.split(',').flatMap(statusesCalled));
  const unknown = statuses.find((name) => !Object.hasOwn(STATUS, name));
  if (unknown !== undefined) {
    throw new BadRequestException(
      `status ${JSON.stringify(unknown.slice(0, 100))} is unknown: expected ${Object.keys(STATUS).join(', ')}`,
    );
  }
  const objects = listOf(query['object']);
  const times = Object.entries(TIMES).flatMap(([name, [fieldName, type]]): ObjectSelector[] =>
    listOf(query[name]).map((value) => ({ fieldName, type, values: [value] })),
  );
  return [
    ...(statuses.length === 0 ? [] : [{ fieldName: '@status', type: 'EQ' as const, values: statuses }]),
    ...(objects.length === 0
      ? []
      : [{ fieldName: '@componentParent', type: 'EQ' as const, values: objects }]),
    ...times,
  ];
}
