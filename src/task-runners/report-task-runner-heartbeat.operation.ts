import { IsOptional } from 'class-validator';
import { AccessControl } from '../access/access-control.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';

export class ReportTaskRunnerHeartbeatInput {
  @Text(TEXT.id)
  taskrunnerId!: string;

  @IsOptional()
  @Text(TEXT.string)
  workerGroup?: string;

  @IsOptional()
  @Text(TEXT.id)
  hostname?: string;
}

/**
 * That a task runner lives, which its polls say too: nothing is kept of it. Penstock never asks one to end: those of resources are
 * its own. Source: api.md 2.3, semantics.md 10.1.
 */
@Operation('ReportTaskRunnerHeartbeat', ReportTaskRunnerHeartbeatInput)
export class ReportTaskRunnerHeartbeat {
  constructor(private readonly access: AccessControl) {}

  async handle({ workerGroup }: ReportTaskRunnerHeartbeatInput): Promise<object> {
    const subject = workerGroup === undefined ? {} : { workerGroups: [workerGroup] };
    await this.access.check('datapipeline:ReportTaskRunnerHeartbeat', subject);
    return { terminate: false };
  }
}
