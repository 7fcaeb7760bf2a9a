import { describe, expect, it } from 'vitest';
import { startTemporalSchedule } from '../../activities/bookkeeping/temporal-schedules.js';
import { parseCron } from '../../model/schedule/cron-expression.js';
import { formatDateTime } from '../../model/schedule/date-time.js';
import { parsePeriod } from '../../model/schedule/period.js';
import { intervalsStarting, recurring } from '../../model/schedule/schedule.js';
import { preparationMs } from '../../model/schedule/temporal-spec.js';
import type { ScheduleRule } from '../../model/schedule/timeline.js';
import { offsetSpanAt } from '../../model/schedule/zone-offsets.js';
import { temporalScheduleId } from '../../workflows/contract.js';
import { aTestEngine } from './test-engine.js';

const DAY_MS = 86_400_000;

/** The next `count` moments at which clocks in `zone` change. */
function nextChanges(zone: string, count: number): Date[] {
  const changes: Date[] = [];
  let span = offsetSpanAt(zone, Date.now());
  while (changes.length < count) {
    const next = offsetSpanAt(zone, span.toMs);
    if (next.offsetMs !== span.offsetMs) changes.push(new Date(next.fromMs));
    span = next;
  }
  return changes;
}

const cron = (expression: string) => (zone: string) =>
  ({ kind: 'cron', expression: parseCron(expression), zone }) satisfies ScheduleRule;
const period = (text: string) => (zone: string) =>
  ({ kind: 'period', period: parsePeriod(text), zone }) satisfies ScheduleRule;

describe('a Schedule with a cron expression', () => {
  it('runs its intervals, by the clocks of its zone', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Nightly' }, workerGroup: 'wg' },
        {
          id: 'Nightly',
          type: 'Schedule',
          cronExpression: '30 2 * * *',
          timeZone: 'Europe/Berlin',
          startDateTime: '2026-03-28T00:00:00',
          endDateTime: '2026-03-31T00:30:00',
        },
        { id: 'Work', type: 'ShellCommandActivity', command: 'true' },
      ],
    });
    const statuses = await engine.until(
      pipelineId,
      (seen) =>
        Object.keys(seen).length === 3 && Object.values(seen).every((status) => status === 'FINISHED'),
    );
    // On 29 March there is no 02:30: it is 03:30 summer time. The interval from the 31st on is not whole.
    expect(Object.keys(statuses).toSorted()).toEqual([
      '@Work_2026-03-28T01:30:00',
      '@Work_2026-03-29T01:30:00',
      '@Work_2026-03-30T00:30:00',
    ]);
    expect((await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
  });
});

describe('the Temporal Schedule of a Schedule in a zone', () => {
  it('ticks within the minute before the start of each interval, while the clocks change too', async () => {
    const { client } = await aTestEngine();
    const rules = [
      cron('30 2 * * *'),
      cron('30 1 * * *'),
      cron('45 23 * * *'),
      cron('15,45 * * * *'),
      cron('0 2 L * *'),
      cron('0 3 1-7 * SUN'),
      period('1 day'),
      period('2 days'),
      period('1 month'),
    ];
    let compared = 0;
    for (const zone of ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe']) {
      for (const change of nextChanges(zone, 2)) {
        for (const [index, ruleIn] of rules.entries()) {
          const start = new Date(change.getTime() - (index === 3 ? 3_600_000 : 1.5 * DAY_MS));
          const schedule = recurring(start, ruleIn(zone));
          const input = { pipelineId: `df-${zone}-${index}`, scheduleId: formatDateTime(change) };
          await startTemporalSchedule(client, input, schedule, 'test');
          const handle = client.schedule.getHandle(temporalScheduleId(input));
          const ticks = (await handle.describe()).info.nextActionTimes.map((tick) => tick.getTime());
          await handle.delete();
          // Temporal lists its next ten.
          const until = new Date((ticks.at(-1) ?? 0) + 1);
          const place = `${zone} ${index} ${change.toISOString()}`;
          for (const interval of intervalsStarting(schedule, start, until)) {
            const aheadMs = ticks.map((tick) => interval.start.getTime() - tick).filter((ms) => ms >= 0);
            expect(Math.min(...aheadMs), place).toBeGreaterThanOrEqual(20_000);
            expect(Math.min(...aheadMs), place).toBeLessThanOrEqual(preparationMs(schedule));
            compared += 1;
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(200);
  });
});
