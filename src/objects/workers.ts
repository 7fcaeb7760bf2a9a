import { Injectable } from '@nestjs/common';
import { CONTROL_TASK_QUEUE } from '../../model/instance/task-queue.js';
import type { QueueFacts } from '../../model/instance/why-facts.js';
import { workerGroupTaskQueue } from '../../workflows/contract.js';
import { WaitStore } from '../store/wait-store.js';
import { WhyTemporal } from './why-temporal.js';

/** Groups that are asked about at once. */
const AT_ONCE = 10;

/** A worker group and who polls it. */
export interface WorkerGroupFacts extends QueueFacts {
  readonly workerGroup: string;
}

/** Who polls which worker group, as Temporal sees it at this moment. Every method throws TemporalAway when it does not answer. */
@Injectable()
export class Workers {
  constructor(
    private readonly temporal: WhyTemporal,
    private readonly waits: WaitStore,
  ) {}

  /** One worker group, whether a definition names it or not. */
  async group(workerGroup: string): Promise<WorkerGroupFacts> {
    return {
      workerGroup,
      ...(await this.temporal.describeQueue(workerGroupTaskQueue(workerGroup), 'activity')),
    };
  }

  /** The groups that definitions name and that `isVisible`, by name. Temporal cannot list who polls: it is asked about each. */
  async groups(isVisible: (workerGroup: string) => boolean): Promise<WorkerGroupFacts[]> {
    const names = (await this.waits.workerGroups()).filter(isVisible);
    const groups: WorkerGroupFacts[] = [];
    for (let from = 0; from < names.length; from += AT_ONCE) {
      groups.push(...(await Promise.all(names.slice(from, from + AT_ONCE).map((name) => this.group(name)))));
    }
    return groups;
  }

  /** The control workers. */
  async control(): Promise<QueueFacts> {
    return this.temporal.describeQueue(CONTROL_TASK_QUEUE, 'workflow');
  }
}
