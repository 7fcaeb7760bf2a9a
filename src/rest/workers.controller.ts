import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { AccessControl } from '../access/access-control.js';
import { Workers } from '../objects/workers.js';
import { Does } from './describe.js';
import { objectIdOf } from './query.js';
import { WorkerGroupView, WorkerListView } from './worker.views.js';

/** Who takes tasks, as Temporal sees it now. */
@ApiTags('workers')
@Controller('v1/workers')
export class WorkersController {
  constructor(
    private readonly workers: Workers,
    private readonly access: AccessControl,
  ) {}

  @Get()
  @Access('penstock:ListWorkers')
  @Does(
    'listWorkers',
    'Who polls which worker group, and when last',
    'Of the groups that the policies of the caller let it see.',
  )
  @ApiOkResponse({ type: WorkerListView })
  async list(): Promise<WorkerListView> {
    const isVisible = this.access.visibleGroups();
    const [workerGroups, control] = await Promise.all([
      this.workers.groups(isVisible),
      this.workers.control(),
    ]);
    return { workerGroups, control };
  }

  @Get(':workerGroup')
  @Access('penstock:ListWorkers')
  @Does(
    'getWorkers',
    'Who polls one worker group',
    'Also one that no definition names: nobody polls it then, or a runner waits for work.',
  )
  @ApiParam({ name: 'workerGroup', type: String, example: 'onprem' })
  @ApiOkResponse({ type: WorkerGroupView })
  async get(@Param('workerGroup') workerGroup: string): Promise<WorkerGroupView> {
    // Longer ones are no worker groups (api.md 1.2), and Temporal would refuse them.
    if (objectIdOf(workerGroup) === undefined || workerGroup.length > LONGEST_GROUP)
      throw new NotFoundException(
        `A worker group has at most ${LONGEST_GROUP} characters, none of them U+0000`,
      );
    await this.access.check('penstock:ListWorkers', { workerGroups: [workerGroup] });
    return this.workers.group(workerGroup);
  }
}

/** Temporal's limit of 1,000 on names of task queues, less what we put before it. */
const LONGEST_GROUP = 900;
