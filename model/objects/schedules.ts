import { PARENT } from './common-fields.js';
import { choice, dateTime, int, period, text, type ObjectType } from './object-type.js';

/** When instances are made. Source: objects.yaml, category schedule. */
export const SCHEDULES = {
  Schedule: {
    category: 'schedule',
    summary: 'When instances are created: start, period, end or count.',
    runtimeFields: 'definition_only',
    fields: {
      ...PARENT,
      period: period('Interval length "N unit"; 15 minutes to 3 years; also literal ONDEMAND_PERIOD.', {
        use: 'oneOf',
        group: ['period', 'cronExpression'],
        note: 'Penstock accepts shorter and longer ones, from 1 second, with a warning.',
      }),
      cronExpression: text(
        'Intervals by cron in place of period: each begins where the expression fires, from the start on, and ends where it fires next. "minute hour day-of-month month day-of-week" with lists, ranges, steps, names, ? and L (last day), or @hourly, @daily, @weekly, @monthly, @yearly. With both day fields restricted, either is enough.',
        { use: 'oneOf', group: ['period', 'cronExpression'], extension: true },
      ),
      timeZone: text(
        'Zone (name of the tz database, "Europe/Berlin") whose clocks cronExpression, runWindow and blackout follow. Periods of days, weeks, months and years keep the local time of the start in it; minutes and hours are absolute. startDateTime and endDateTime stay UTC. docs/decisions/005 has the rules for daylight saving.',
        { default: 'UTC', extension: true },
      ),
      startAt: choice(
        ['FIRST_ACTIVATION_DATE_TIME', 'ONDEMAND_ACTIVATION_TIME'],
        'Start relative to activation; FIRST_ACTIVATION_DATE_TIME is deprecated in favour of ondemand, ONDEMAND_ACTIVATION_TIME only in an example.',
        { use: 'oneOf', group: ['startAt', 'startDateTime'] },
      ),
      startDateTime: dateTime(
        'Absolute UTC start; exclusive with startAt. Must be a literal, not an expression.',
        { use: 'oneOf', group: ['startAt', 'startDateTime'] },
      ),
      endDateTime: dateTime('UTC end, later than the start; exclusive with occurrences.', {
        defaultNote: 'runs until shut down',
        defaultSource: 'docs',
      }),
      occurrences: int('Number of runs; exclusive with endDateTime.'),
      runWindow: text(
        'When instances may begin: "22:00-06:00", "Mon-Fri 22:00-06:00", "Sat,Sun". What is due outside waits for the next opening; what has begun goes on. A window over midnight belongs to the day it begins.',
        { list: true, defaultNote: 'always', extension: true },
      ),
      blackout: text(
        'When no instance may begin: as runWindow, or local days "2026-12-24/2026-12-26" (both included), or local times "2026-12-24T18:00:00/2026-12-27T06:00:00".',
        { list: true, defaultNote: 'never', extension: true },
      ),
      maxActiveInstances: int('Seen in an AWS sample; effect on a Schedule unknown.', {
        notInTable: true,
        source: 'AWS sample',
      }),
    },
  },
} as const satisfies Record<string, ObjectType>;
