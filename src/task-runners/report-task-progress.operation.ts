import { ArrayMaxSize, IsArray, IsOptional } from 'class-validator';
import { AccessControl } from '../access/access-control.js';
import { Nested } from '../aws-json/nested.js';
import { Operation } from '../aws-json/operation.js';
import { FieldInput } from '../pipelines/definition.input.js';
import { RunnerTasks } from './runner-tasks.js';
import { TaskIds } from './task-id.js';
import { TaskIdInput } from './task-id.input.js';

/** More say nothing that a watcher can read. Our choice. */
const MAXIMUM_FIELDS = 50;

export class ReportTaskProgressInput extends TaskIdInput {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_FIELDS)
  @Nested(() => FieldInput, { each: true })
  fields?: FieldInput[];
}

/** A sign of life of a task; the first confirms that its runner has it. Source: api.md 2.3, semantics.md 10.1. */
@Operation('ReportTaskProgress', ReportTaskProgressInput)
export class ReportTaskProgress {
  constructor(
    private readonly tasks: RunnerTasks,
    private readonly taskIds: TaskIds,
    private readonly access: AccessControl,
  ) {}

  async handle({ taskId, fields = [] }: ReportTaskProgressInput): Promise<object> {
    const { workerGroup, pipelineId } = this.taskIds.read(taskId);
    const subject = { workerGroups: [workerGroup], pipelineIds: [pipelineId] };
    await this.access.check('datapipeline:ReportTaskProgress', subject);
    const texts = fields.map(({ key, stringValue, refValue }) => ({
      key,
      value: stringValue ?? refValue ?? '',
    }));
    return { canceled: await this.tasks.progress(taskId, texts) };
  }
}
