import type { CompiledPipeline } from '../../model/instance/compile.js';
import { isoTime } from '../../model/instance/ids.js';
import type { PlannedInstance } from '../../model/instance/plan.js';
import { indexAt } from '../../model/schedule/schedule.js';
import type { BackfillInput } from '../../workflows/contract.js';
import type { BackfillBook } from './backfill-book.js';
import type { RunKey } from './ledger.js';

/** By Schedule: the start of the last interval that retention has removed. */
export type ForgottenThrough = ReadonlyMap<string, string>;

/** Whether retention has removed the interval, if it is not there. */
export function isForgotten(forgotten: ForgottenThrough, scheduleId: string, start: Date): boolean {
  const through = forgotten.get(scheduleId);
  return through !== undefined && start.getTime() <= Date.parse(through);
}

/** An instance of another run. */
interface InstanceElsewhere {
  readonly instanceId: string;
  readonly componentId: string;
  readonly scheduleId: string;
  readonly start: Date;
}

/**
 * An instance of another run for which one of `planned` would wait for ever: retention has removed it, and this backfill does not
 * make it anew. Undefined when there is none.
 */
export async function goneForGood(
  book: BackfillBook,
  { pipelineId, objects, place }: BackfillInput,
  pipeline: CompiledPipeline,
  planned: readonly PlannedInstance[],
  forgotten: ForgottenThrough,
): Promise<InstanceElsewhere | undefined> {
  if (forgotten.size === 0) return undefined;
  const wanted = new Map<string, InstanceElsewhere>();
  for (const { needs, resourceInstanceId, resourceElsewhere, usersElsewhere = [] } of planned) {
    const ids = needs.flatMap(({ instanceId, elsewhere }) => (elsewhere ? [instanceId] : []));
    if (resourceElsewhere !== undefined && resourceInstanceId !== undefined) ids.push(resourceInstanceId);
    for (const id of ids) {
      const componentId = id.slice(1, -'_YYYY-MM-DDTHH:MM:SS'.length);
      const scheduleId = pipeline.runnables.get(componentId)?.scheduleId;
      const start = new Date(`${id.slice(-'YYYY-MM-DDTHH:MM:SS'.length)}Z`);
      if (scheduleId !== undefined) wanted.set(id, { instanceId: id, componentId, scheduleId, start });
    }
    for (const { instanceId, scheduleId, intervalStart } of usersElsewhere) {
      const componentId = instanceId.slice(1, -'_YYYY-MM-DDTHH:MM:SS'.length);
      wanted.set(instanceId, { instanceId, componentId, scheduleId, start: new Date(intervalStart) });
    }
  }
  const old = [...wanted.values()].filter(({ scheduleId, start }) =>
    isForgotten(forgotten, scheduleId, start),
  );
  if (old.length === 0) return undefined;
  const there = await book.statuses(
    pipelineId,
    old.map(({ instanceId }) => instanceId),
  );
  return old.find(({ instanceId, componentId, scheduleId, start }) => {
    if (there.has(instanceId)) return false;
    const schedule = pipeline.schedules.get(scheduleId);
    const index = schedule === undefined ? undefined : indexAt(schedule, start);
    const isToCome = place.ranges.some(
      (range) =>
        range.scheduleId === scheduleId &&
        index !== undefined &&
        range.nextIndex <= index &&
        index < range.endIndex,
    );
    return !isToCome || (objects !== undefined && !objects.includes(componentId));
  });
}

/** Why a run cannot be begun that needs what `goneForGood` found. */
export function needsForgotten(run: RunKey, { instanceId, scheduleId, start }: InstanceElsewhere): string {
  return (
    `The run of ${run.scheduleId}, ${run.intervalStart}, needs ${instanceId}, which retention has removed: backfill both ` +
    `Schedules at once, "${scheduleId}" from ${isoTime(start)} on, and rerun all`
  );
}
