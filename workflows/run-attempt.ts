import { proxyActivities } from '@temporalio/workflow';
import type { AttemptOutcome } from '../model/instance/events.js';
import type { Task, TaskResult } from '../model/instance/task.js';
import { outcomeOfError } from './attempt-outcome.js';
import type { LaneAttempt } from './contract.js';

/** Has a worker do the attempt; cancelled with the scope that it is called in. */
export function workOn({
  type,
  task,
  options,
}: Pick<LaneAttempt, 'type' | 'task' | 'options'>): Promise<TaskResult> {
  const worker = proxyActivities<Record<string, (task: Task) => Promise<TaskResult>>>(options);
  const work = worker[type];
  if (work === undefined) throw new Error(`No activity ${type}`);
  return work(task);
}

/** What became of an attempt. @throws what is no failure of an activity. */
export function outcomeOf(work: Promise<TaskResult>): Promise<AttemptOutcome> {
  return work.then((result) => ({ kind: 'finished', result }), outcomeOfError);
}
