import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { chooseBackfill, type BackfillRow } from '../../model/instance/backfill.js';
import type { CompiledPipeline } from '../../model/instance/compile.js';
import { isoTime } from '../../model/instance/ids.js';
import { newInstanceOf, planInterval } from '../../model/instance/plan.js';
import { STATUS } from '../../model/instance/status.js';
import type { Interval } from '../../model/schedule/schedule.js';
import { setStatusOfRun } from '../../temporal/set-status-of-run.js';
import { intervalRunId, type BackfillInput } from '../../workflows/contract.js';
import type { BackfillBook } from './backfill-book.js';
import { goneForGood, isForgotten, needsForgotten, type ForgottenThrough } from './backfill-forgotten.js';
import { startIntervalRun } from './interval-runs.js';
import type { Ledger, RunKey } from './ledger.js';

export interface BackfillDeps {
  readonly book: BackfillBook;
  readonly ledger: Ledger;
  readonly client: Client;
}

/**
 * `running`: its run is under way, or was since the backfill began. `forgotten`: it has run and was removed by retention.
 * `refused` says why nothing could be begun.
 */
export type Begun = 'running' | 'unchanged' | 'forgotten' | { readonly refused: string };

/**
 * Begins what a backfill has to do in one interval. Done again after a crash in its midst it finds what it has made and rerun
 * (rows that are newer than the backfill) and makes and reruns nothing twice.
 */
export async function beginInterval(
  { book, ledger, client }: BackfillDeps,
  input: BackfillInput,
  pipeline: CompiledPipeline,
  scheduleId: string,
  interval: Interval,
  forgotten: ForgottenThrough,
): Promise<Begun> {
  const { pipelineId, backfillId, rerun, objects } = input;
  const run: RunKey = { pipelineId, scheduleId, intervalStart: isoTime(interval.start) };
  const rows = await book.rows(pipelineId, backfillId, [run]);
  // What is missing never ran, which this has: only who asks for everything anew means it too.
  if (rows.length === 0 && rerun !== 'all' && isForgotten(forgotten, scheduleId, interval.start))
    return 'forgotten';
  const plan = planInterval(pipeline, scheduleId, interval);
  const { missing, again } = chooseBackfill(plan.instances, rows, rerun, objects);
  if (missing.length > 0) {
    const gone = await goneForGood(book, input, pipeline, missing, forgotten);
    if (gone !== undefined) return { refused: needsForgotten(run, gone) };
    if (rows.length > 0 && (await isOpen(client, intervalRunId(run)))) {
      if (again.length === 0) return { refused: cannotJoin(run, missing) };
    } else {
      const made = missing.map((planned) => newInstanceOf(planned, plan, pipeline));
      const status = 'WAITING_ON_DEPENDENCIES' as const;
      await ledger.createInstances(
        run,
        made.map((instance) => ({ ...instance, status })),
      );
    }
  }
  if (again.length > 0) {
    const { definitionVersion } = pipeline;
    await setStatusOfRun(client, { ...run, definitionVersion }, { command: 'RERUN', instanceIds: again });
    return 'running';
  }
  if (missing.length > 0 || rows.some(isOpenRow)) {
    await startIntervalRun(client, pipeline, scheduleId, interval, { again: true });
    return 'running';
  }
  return rows.some(({ isNew, kind }) => isNew && kind !== 'action') ? 'running' : 'unchanged';
}

/** Cancels what is not over in a run of the backfill. */
export async function cancelInterval(
  { book, client }: BackfillDeps,
  { pipelineId, backfillId }: BackfillInput,
  run: RunKey,
  definitionVersion: number,
): Promise<void> {
  const open = (await book.rows(pipelineId, backfillId, [run])).filter(isOpenRow);
  if (open.length === 0) return;
  const instanceIds = open.map(({ id }) => id);
  await setStatusOfRun(client, { ...run, definitionVersion }, { command: 'CANCEL', instanceIds });
}

function isOpenRow({ status }: BackfillRow): boolean {
  return !STATUS[status].terminal;
}

function cannotJoin(run: RunKey, missing: readonly { readonly id: string }[]): string {
  const [first] = missing;
  const others = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  return `The run of ${run.scheduleId}, ${run.intervalStart}, is open, so ${first?.id ?? ''}${others} cannot join it: backfill again when it has ended`;
}

async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
