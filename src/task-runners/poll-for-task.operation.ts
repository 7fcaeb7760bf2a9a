import { IsOptional } from 'class-validator';
import { AccessControl } from '../access/access-control.js';
import { InvalidRequest } from '../../model/errors.js';
import { workerGroupTaskQueue } from '../../workflows/contract.js';
import { Nested } from '../aws-json/nested.js';
import { Operation, type Caller } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { RunnerTasks } from './runner-tasks.js';

/** Who polls, by the identity document of its EC2 instance. Taken and not used. Source: api.md 2. */
export class InstanceIdentityInput {
  @IsOptional()
  @Text(TEXT.string)
  document?: string;

  @IsOptional()
  @Text(TEXT.string)
  signature?: string;
}

export class PollForTaskInput {
  @Text({ min: 1, max: TEXT.string.max })
  workerGroup!: string;

  @IsOptional()
  @Text(TEXT.id)
  hostname?: string;

  @IsOptional()
  @Nested(() => InstanceIdentityInput)
  instanceIdentity?: InstanceIdentityInput;
}

/** Temporal takes no longer name of a task queue: no task can have come to one. */
const LONGEST_QUEUE_BYTES = 1000;

/** A task of the worker group, once there is one; nothing after 45 s. Source: api.md 2.3, semantics.md 10.1. */
@Operation('PollForTask', PollForTaskInput)
export class PollForTask {
  constructor(
    private readonly tasks: RunnerTasks,
    private readonly access: AccessControl,
  ) {}

  async handle(
    { workerGroup, hostname }: PollForTaskInput,
    { principal }: Caller,
    gone: AbortSignal,
  ): Promise<object> {
    await this.access.check('datapipeline:PollForTask', { workerGroups: [workerGroup] });
    if (Buffer.byteLength(workerGroupTaskQueue(workerGroup)) > LONGEST_QUEUE_BYTES) {
      throw new InvalidRequest(
        `workerGroup "${workerGroup.slice(0, 40)}…" has ${Buffer.byteLength(workerGroup)} bytes: ` +
          `expected at most ${LONGEST_QUEUE_BYTES - Buffer.byteLength(workerGroupTaskQueue(''))}`,
      );
    }
    const taskObject = await this.tasks.poll(workerGroup, hostname ?? principal.name, gone);
    return taskObject === undefined ? {} : { taskObject };
  }
}
