import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { awsTime } from '../../model/instance/ids.js';
import { backlogOf, beginsLongAgo, type Backlog } from '../../model/schedule/backlog.js';

/** A Schedule whose next interval began more than a day ago, and how many an activation starts at once. */
export interface PastStart extends Backlog {
  /** The field that says when the Schedule starts. */
  readonly field: 'startDateTime' | 'startAt';
}

/**
 * What AWS would not activate for the age of its first interval (docs/decisions/008), of a definition without errors, whose
 * pipeline has started so many intervals of each Schedule. Source: semantics.md 4.5.
 */
export function pastStarts(
  definition: PipelineDefinition,
  {
    firstActivatedAt,
    nextIndexes,
    now,
  }: {
    readonly firstActivatedAt: string | undefined;
    readonly nextIndexes: ReadonlyMap<string, number>;
    readonly now: Date;
  },
): PastStart[] {
  // Compiling costs its time in a large definition, and an ondemand one has no Schedule.
  if (!definition.pipelineObjects.some(isSchedule)) return [];
  const starts = new Map(
    definition.pipelineObjects.map(({ id, fields }) => [id, fields.some(({ key }) => key === 'startAt')]),
  );
  const pipeline = compilePipeline({
    pipelineId: '',
    pipelineName: '',
    definitionVersion: 0,
    activation: 0,
    definition,
    firstActivationTime: firstActivatedAt ?? now.toISOString(),
  });
  const used = new Set([...pipeline.runnables.values()].map(({ scheduleId }) => scheduleId));
  return [...used].flatMap((scheduleId): PastStart[] => {
    const schedule = pipeline.schedules.get(scheduleId);
    if (schedule === undefined) return [];
    const backlog = backlogOf(scheduleId, schedule, nextIndexes.get(scheduleId) ?? 0, now);
    if (backlog === undefined || !beginsLongAgo(backlog, now)) return [];
    return [{ ...backlog, field: starts.get(scheduleId) === true ? 'startAt' : 'startDateTime' }];
  });
}

/** What a user is told of it: of a refusal when AWS's guard is on. Our words; AWS's are not known. */
export function pastStartText(
  { scheduleId, from, intervals }: Omit<PastStart, 'field'>,
  guarded: boolean,
): string {
  const fact = `Schedule "${scheduleId}": scheduledStartTime ${awsTime(from)} is more than 1 day ago`;
  const many = `${intervals} ${intervals === 1 ? 'interval' : 'intervals'}`;
  return guarded
    ? `${fact}, so the pipeline is not activated, which would backfill ${many}. Change the start, or activate with a ` +
        `startTimestamp, from which on intervals are to run; those before it are SKIPPED`
    : `${fact}: activation backfills ${many}, oldest first`;
}

function isSchedule({ fields }: PipelineDefinition['pipelineObjects'][number]): boolean {
  return fields.some(({ key, stringValue }) => key === 'type' && stringValue === 'Schedule');
}
