import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { compilePipeline } from '../../model/instance/compile.js';
import {
  mayGo,
  scheduleNeeds,
  type KeptSpan,
  type OldRun,
  type ScheduleNeed,
} from '../../model/instance/retention.js';
import { intervalAt } from '../../model/schedule/schedule.js';
import { intervalRunId } from '../../workflows/contract.js';
import type { Ledger } from './ledger.js';
import type { Removed, RetentionBook, RetentionOutlook, StoredRun } from './retention-book.js';

export interface RetentionDeps {
  readonly book: RetentionBook;
  readonly ledger: Pick<Ledger, 'readDefinition'>;
  /** Whether Temporal has the run open. @throws TemporalSilent, which ends the sweep */
  readonly isOpen: (workflowId: string) => Promise<boolean>;
  /** Is told of each pipeline that cannot be looked at; the sweep goes on with the next. */
  readonly onError: (pipelineId: string, error: unknown) => void;
}

/** Pipelines, and runs, that one statement reads. */
const PIPELINES = 500;
const RUNS = 200;
/** What one transaction removes: a few dozen milliseconds, or one run. */
const RUNS_AT_ONCE = 25;
const INSTANCES_AT_ONCE = 500;
/** How long Temporal may take to say whether a run is open; the transaction waits for it. */
const ANSWER_MS = 2_000;

type Candidate = StoredRun & OldRun;

/** Temporal did not answer: it will not for the next pipeline either. */
export class TemporalSilent extends Error {
  override readonly name = 'TemporalSilent';
}

/** Removes the runs of all pipelines that may go. Ends early, between two transactions, when `stopped`. */
export async function sweepAll(
  deps: RetentionDeps,
  endedBefore: string,
  stopped: AbortSignal,
): Promise<Removed> {
  let removed: Removed = { runs: 0, instances: 0 };
  for (let after = ''; !stopped.aborted;) {
    const ids = await deps.book.pipelineIds(after, PIPELINES);
    for (const id of ids) {
      try {
        removed = sum(removed, await sweepPipeline(deps, id, endedBefore, stopped));
      } catch (error) {
        if (error instanceof TemporalSilent) throw error;
        deps.onError(id, error);
      }
      if (stopped.aborted) return removed;
    }
    const last = ids.at(-1);
    if (last === undefined || ids.length < PIPELINES) break;
    after = last;
  }
  return removed;
}

/** Removes the runs of one pipeline that may go. What a crash leaves undone the next sweep does: each transaction is complete. */
export async function sweepPipeline(
  deps: RetentionDeps,
  pipelineId: string,
  endedBefore: string,
  stopped?: AbortSignal,
): Promise<Removed> {
  const { book, ledger } = deps;
  const outlook = await book.outlook(pipelineId);
  if (outlook.activeVersion === undefined) return { runs: 0, instances: 0 };
  const pages = outlook.scheduleIds.map((scheduleId) => pagesOf(book, pipelineId, scheduleId, endedBefore));
  // The definition is compiled only where there is something old at all.
  let known: { readonly needs: readonly ScheduleNeed[]; readonly spans: readonly KeptSpan[] } | undefined;
  let removed: Removed = { runs: 0, instances: 0 };
  const all: Candidate[] = [];
  for (const ofSchedule of pages) {
    for await (const page of ofSchedule) {
      if (known === undefined) {
        const pipeline = compilePipeline(await ledger.readDefinition(pipelineId, outlook.activeVersion));
        const spans = spansOf(outlook, pipeline.schedules, Date.parse(endedBefore));
        known = { needs: scheduleNeeds(pipeline), spans };
      }
      // Where Schedules need each other all their old runs must be known: they are few, once the first sweep is done.
      if (known.needs.length > 0) all.push(...page);
      else removed = sum(removed, await forget(mayGo(page, [], known.spans), []));
      if (stopped?.aborted === true) return removed;
    }
  }
  if (known === undefined || all.length === 0) return removed;
  return sum(removed, await forget(mayGo(all, known.needs, known.spans), known.needs));

  async function forget(runs: readonly Candidate[], needs: readonly ScheduleNeed[]): Promise<Removed> {
    let gone: Removed = { runs: 0, instances: 0 };
    for (const [first, ...rest] of batches(runs)) {
      if (stopped?.aborted === true) return gone;
      if (first === undefined) continue;
      const { scheduleId } = first;
      const intervalStarts = [first, ...rest].map(({ intervalStart }) => intervalStart);
      const neededBy = needs.filter(({ to, by }) => to === scheduleId && by !== 'holds');
      gone = sum(
        gone,
        await book.forget(
          { pipelineId, scheduleId, intervalStarts, neededBy, endedBefore },
          (intervalStart) => deps.isOpen(intervalRunId({ pipelineId, scheduleId, intervalStart })),
        ),
      );
    }
    return gone;
  }
}

async function* pagesOf(
  book: RetentionBook,
  pipelineId: string,
  scheduleId: string,
  endedBefore: string,
): AsyncGenerator<Candidate[]> {
  for (let after: string | undefined; ;) {
    const page = await book.oldRuns(pipelineId, scheduleId, endedBefore, after, RUNS);
    if (page.length > 0) {
      yield page.map((run) => ({
        ...run,
        startMs: Date.parse(run.intervalStart),
        endMs: Date.parse(run.intervalEnd),
      }));
    }
    if (page.length < RUNS) return;
    after = page.at(-1)?.intervalStart;
  }
}

/**
 * Of each Schedule what is still to be started, and what began too lately to be looked at; of each open backfill what it was
 * asked for.
 */
function spansOf(
  { cursors, backfills }: RetentionOutlook,
  schedules: ReturnType<typeof compilePipeline>['schedules'],
  endedBeforeMs: number,
): KeptSpan[] {
  const spans = [...schedules].map(([scheduleId, schedule]): KeptSpan => {
    const cursor = cursors.find((each) => each.scheduleId === scheduleId);
    const next =
      cursor === undefined || cursor.exhausted ? undefined : intervalAt(schedule, cursor.nextIndex);
    const fromMs = Math.min(next?.start.getTime() ?? Number.POSITIVE_INFINITY, endedBeforeMs);
    return { scheduleId, fromMs, toMs: Number.POSITIVE_INFINITY };
  });
  for (const { scheduleIds, from, to } of backfills) {
    for (const scheduleId of scheduleIds)
      spans.push({ scheduleId, fromMs: Date.parse(from), toMs: Date.parse(to) });
  }
  return spans;
}

/** Runs of one Schedule at a time, as many as one transaction may remove. */
function batches(runs: readonly Candidate[]): Candidate[][] {
  const all: Candidate[][] = [];
  let size = 0;
  for (const run of runs) {
    const batch = all.at(-1);
    size += run.size;
    const fits =
      batch?.[0]?.scheduleId === run.scheduleId && batch.length < RUNS_AT_ONCE && size <= INSTANCES_AT_ONCE;
    if (batch !== undefined && fits) batch.push(run);
    else {
      all.push([run]);
      ({ size } = run);
    }
  }
  return all;
}

/** Asks Temporal whether a run is open; one that it has forgotten is not. @throws TemporalSilent */
export async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    const described = await client.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return described.status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw new TemporalSilent(`Temporal does not say whether run ${workflowId} is open`, { cause: error });
  }
}

function sum(a: Removed, b: Removed): Removed {
  return { runs: a.runs + b.runs, instances: a.instances + b.instances };
}
