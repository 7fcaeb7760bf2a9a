import { IsOptional } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import { AccessControl } from '../access/access-control.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { RunnerTasks } from './runner-tasks.js';
import { TaskIds } from './task-id.js';
import { TaskIdInput } from './task-id.input.js';

const TASK_STATUSES = ['FINISHED', 'FAILED', 'FALSE'] as const;

export class SetTaskStatusInput extends TaskIdInput {
  @Text(TEXT.string)
  taskStatus!: string;

  @IsOptional()
  @Text(TEXT.string)
  errorId?: string;

  @IsOptional()
  /** AWS's has no bound either, but that of a request (api.md 1.2). */
  @Text({ max: Number.POSITIVE_INFINITY })
  errorMessage?: string;

  @IsOptional()
  @Text(TEXT.string)
  errorStackTrace?: string;
}

/** The outcome of a task. Source: api.md 2.3, semantics.md 10.1. */
@Operation('SetTaskStatus', SetTaskStatusInput)
export class SetTaskStatus {
  constructor(
    private readonly tasks: RunnerTasks,
    private readonly taskIds: TaskIds,
    private readonly access: AccessControl,
  ) {}

  async handle({ taskId, taskStatus: given, ...error }: SetTaskStatusInput): Promise<object> {
    const { workerGroup, pipelineId } = this.taskIds.read(taskId);
    const subject = { workerGroups: [workerGroup], pipelineIds: [pipelineId] };
    await this.access.check('datapipeline:SetTaskStatus', subject);
    const taskStatus = TASK_STATUSES.find((each) => each === given);
    if (taskStatus === undefined) {
      throw new InvalidRequest(`taskStatus "${given}" is unknown: expected ${TASK_STATUSES.join(', ')}`);
    }
    const { errorId } = error;
    if (errorId?.startsWith('Service_')) {
      throw new InvalidRequest(
        `errorId "${errorId}" begins with Service_, which is kept for errors of the service: expected another name`,
      );
    }
    await this.tasks.end(taskId, taskStatus === 'FAILED' ? { taskStatus, ...error } : { taskStatus });
    return {};
  }
}
