import { sql, type RawBuilder } from 'kysely';
import type { NewInstance } from '../../activities/bookkeeping/ledger.js';
import { sweepPipeline } from '../../activities/bookkeeping/retention.js';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { isoTime } from '../../model/instance/ids.js';
import { newInstanceOf, planInterval } from '../../model/instance/plan.js';
import type { Status } from '../../model/instance/status.js';
import { intervalAt } from '../../model/schedule/schedule.js';
import type { Database } from '../../src/store/database.js';
import { ObjectStore } from '../../src/store/object-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { RetentionStore } from '../../src/store/retention-store.js';
import { aPipeline, aState } from './builders.js';

export const DAY_MS = 86_400_000;
/** Day 0: so long ago that everything that ended is old enough, unless a test says otherwise. */
const FIRST = Date.UTC(2020, 0, 6);
/** The instant at which that day begins. */
export const day = (at: number): string => isoTime(new Date(FIRST + at * DAY_MS));
/** What ended earlier may go. */
export const ENDED_BEFORE = day(400);

export const DAILY = { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: day(0).slice(0, 19) };
export const WEEKLY = { ...DAILY, id: 'Weekly', period: '1 week' };
export const COPY = { id: 'Copy', type: 'ShellCommandActivity', command: 'true', schedule: { ref: 'Daily' } };
const REPORT = { ...COPY, id: 'Report', schedule: { ref: 'Weekly' }, dependsOn: { ref: 'Copy' } };
/** An activity each day. */
export const SIMPLE = [DAILY, COPY];
/** An activity each week over those of its days. */
export const ROLL_UP = [DAILY, WEEKLY, COPY, REPORT];

/** Pipelines with runs of long ago, in the database of a spec. */
export function retentionIn(shared: { readonly database: Database }) {
  /** A pipeline whose Schedules have come to the interval with that index; all are exhausted unless one is given. */
  async function aWorld(objects: readonly object[] = SIMPLE, cursors: Readonly<Record<string, number>> = {}) {
    const { database } = shared;
    const pipelines = new PipelineStore(database);
    const ledger = new PostgresLedger(database);
    const book = new RetentionStore(database);
    const { pipelineId } = await pipelines.create(aPipeline());
    const common = { id: 'Default', scheduleType: 'cron', workerGroup: 'wg' };
    const file = JSON.stringify({ objects: [common, ...objects] });
    const put = await pipelines.putDefinition(pipelineId, readDefinitionFile(file).definition, {
      errored: false,
    });
    const schedules = ['Daily', 'Weekly'].map((scheduleId) => ({
      scheduleId,
      exhausted: cursors[scheduleId] === undefined,
      nextIndex: cursors[scheduleId] ?? 0,
    }));
    await pipelines.activate(pipelineId, { ...put, at: new Date(), schedules });
    const compiled = compilePipeline(await ledger.readDefinition(pipelineId, put.definitionVersion));
    let seq = 0;

    const runOf = (scheduleId: string, index: number) => {
      const schedule = compiled.schedules.get(scheduleId);
      const interval = schedule === undefined ? undefined : intervalAt(schedule, index);
      if (interval === undefined) throw new Error(`${scheduleId} has no interval ${index}`);
      return { interval, key: { pipelineId, scheduleId, intervalStart: isoTime(interval.start) } };
    };
    /** Makes a run whose instances have all ended with `status`, on the day `endedOn`. */
    const ran = async (
      scheduleId: string,
      index: number,
      { status = 'FINISHED' as Status, endedOn = index, cancellationReason = '' } = {},
    ): Promise<void> => {
      const { interval, key } = runOf(scheduleId, index);
      const plan = planInterval(compiled, scheduleId, interval);
      const made = plan.instances.map((planned) => newInstanceOf(planned, plan, compiled));
      await ledger.createInstances(key, made satisfies NewInstance[]);
      seq++;
      await ledger.record(key, {
        instances: made.map(({ id }) =>
          aState(id, seq, status, cancellationReason === '' ? {} : { cancellationReason }),
        ),
        attempts: made.map(({ id }) => ({ instanceId: id, number: 1, seq, status })),
      });
      await sql`
        update instances set changed_at = ${day(endedOn)}
        where pipeline_id = ${pipelineId} and schedule_id = ${scheduleId} and interval_start = ${key.intervalStart}
      `.execute(database.kysely);
    };
    /** Days from 0 up to `end`, each ended on its day: the first is made, the others are its like. */
    const ranDays = async (end: number): Promise<void> => {
      await ran('Daily', 0);
      const later = sql`n * interval '1 day'`;
      const id = (start: RawBuilder<unknown>) => sql`'@' || component_id || '_'
        || to_char((${start}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')`;
      await sql`
        with made as (
          insert into instances (pipeline_id, id, schedule_id, interval_start, component_id, kind, type, scheduled_start,
            scheduled_end, definition_version, activation, "references", seq, status, attempt_count, tries_left, waiting_on,
            cascade_failed_on, changed_at)
          select pipeline_id, ${id(sql`interval_start + ${later}`)}, schedule_id, interval_start + ${later}, component_id,
            kind, type, scheduled_start + ${later}, scheduled_end + ${later}, definition_version, activation, "references",
            seq, status, attempt_count, tries_left, waiting_on, cascade_failed_on, changed_at + ${later}
          from instances, generate_series(1, ${end - 1}::int) n
          where pipeline_id = ${pipelineId} and schedule_id = 'Daily' and interval_start = ${day(0)}
          returning pipeline_id, id, seq, status
        )
        insert into attempts (pipeline_id, instance_id, number, seq, status)
        select pipeline_id, id, 1, seq, status from made
      `.execute(database.kysely);
    };
    const sweep = async (isOpen: (workflowId: string) => Promise<boolean> = async () => false) =>
      sweepPipeline({ book, ledger, isOpen, onError: () => undefined }, pipelineId, ENDED_BEFORE);
    /** `Daily 0, 1; Weekly 0`: the runs that are there. */
    const left = async (): Promise<string> => {
      const { instances } = await new ObjectStore(database).listInstances(pipelineId, { limit: 1000 });
      const starts = (scheduleId: string): number[] => [
        ...new Set(
          instances
            .filter((each) => each.scheduleId === scheduleId)
            .map(({ intervalStart }) => (Date.parse(intervalStart) - FIRST) / DAY_MS),
        ),
      ];
      return ['Daily', 'Weekly']
        .filter((id) => starts(id).length > 0)
        .map((id) => `${id} ${starts(id).join(', ')}`)
        .join('; ');
    };
    const copy = (index: number) => `@Copy_${day(index).slice(0, 19)}`;
    return { pipelines, ledger, book, pipelineId, ran, ranDays, runOf, sweep, left, copy };
  }

  const count = async (table: string, pipelineId: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(table)} where pipeline_id = ${pipelineId}
    `.execute(shared.database.kysely);
    return rows[0]?.n ?? 0;
  };

  return { aWorld, count };
}
