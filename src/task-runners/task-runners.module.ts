import { Module } from '@nestjs/common';
import { PollForTask } from './poll-for-task.operation.js';
import { ReportTaskProgress } from './report-task-progress.operation.js';
import { ReportTaskRunnerHeartbeat } from './report-task-runner-heartbeat.operation.js';
import { RunnerTasks } from './runner-tasks.js';
import { SetTaskStatus } from './set-task-status.operation.js';
import { TaskIds } from './task-id.js';

/** The protocol of AWS's Task Runner and of runners that its users wrote. */
@Module({
  providers: [
    TaskIds,
    RunnerTasks,
    PollForTask,
    ReportTaskProgress,
    SetTaskStatus,
    ReportTaskRunnerHeartbeat,
  ],
})
export class TaskRunnersModule {}
