import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { QueueFacts } from '../../model/instance/why-facts.js';
import type { WorkerGroupFacts } from '../objects/workers.js';

/** One process that takes tasks. */
export class PollerView {
  @ApiProperty({ example: '4711@runner-1', description: 'Process and host, as it calls itself' })
  identity!: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When it last asked; Temporal forgets it after five minutes',
  })
  lastPollAt!: string;
}

/** Who takes the tasks of one queue. */
export class PollersView implements QueueFacts {
  @ApiProperty({ type: [PollerView], description: 'Empty: nobody' })
  pollers!: readonly PollerView[];
  @ApiPropertyOptional({ minimum: 0, description: 'Tasks that wait to be taken, about' })
  backlog?: number;
}

/** A worker group and who polls it. */
export class WorkerGroupView extends PollersView implements WorkerGroupFacts {
  @ApiProperty({ example: 'onprem' })
  workerGroup!: string;
}

/** All that takes tasks. */
export class WorkerListView {
  @ApiProperty({
    type: [WorkerGroupView],
    description:
      'Groups that the definitions of the newest pipelines name, of them those that the caller may see',
  })
  workerGroups!: readonly WorkerGroupView[];
  @ApiProperty({ description: 'The control workers, which plan and decide' })
  control!: PollersView;
}
