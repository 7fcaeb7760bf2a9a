import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import { validateDefinition } from './validate.js';

const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'S' }, workerGroup: 'wg', role: 'R' };
const WORK = { id: 'Work', type: 'ShellCommandActivity', command: 'date' };
const SCHEDULE = { id: 'S', type: 'Schedule' };
const START = { startDateTime: '2026-01-01T00:00:00' };
const CRON = { ...START, cronExpression: '30 6 * * MON-FRI' };
const DAILY = { ...START, period: '1 day' };

function problemsOf(schedule: object, values: Record<string, string> = {}): string[] {
  const objects = [DEFAULT, { ...SCHEDULE, ...schedule }, WORK];
  const { definition, problems } = readDefinitionFile(JSON.stringify({ objects, values }));
  expect(problems).toEqual([]);
  return validateDefinition(definition).map(
    ({ severity, objectId, field, message }) => `${severity} ${objectId}.${field}: ${message}`,
  );
}

describe('a Schedule that is accepted', () => {
  it.each<[string, object, Record<string, string>?]>([
    ['a cron expression', CRON],
    [
      'a macro from the first activation on',
      { cronExpression: '@daily', startAt: 'FIRST_ACTIVATION_DATE_TIME' },
    ],
    ['a cron expression in a zone', { ...CRON, timeZone: 'America/New_York', occurrences: '10' }],
    [
      'a cron expression from a parameter',
      { ...START, cronExpression: '#{myCron}' },
      { myCron: '0 9 * * ?' },
    ],
    ['a period in a zone', { ...DAILY, timeZone: 'Europe/Berlin' }],
    ['UTC by its name', { ...DAILY, timeZone: 'UTC' }],
    ['a window at night', { ...DAILY, runWindow: '22:00-06:00', timeZone: 'Asia/Kolkata' }],
    [
      'hours with a window',
      { ...START, period: '16 hours', runWindow: '22:00-06:00', timeZone: 'Asia/Kolkata' },
    ],
    ['several windows', { ...DAILY, runWindow: ['Mon-Fri 22:00-06:00', 'Sat,Sun'] }],
    ['a blackout over days', { ...DAILY, blackout: ['2026-12-24/2026-12-26', 'Sun 02:00-04:00'] }],
  ])('%s', (_, schedule, values) => {
    expect(problemsOf(schedule, values)).toEqual([]);
  });
});

describe('a Schedule that is refused', () => {
  const bad = 'error S.';
  it.each<[string, object, string[]]>([
    [
      'no rule',
      START,
      [`${bad}period: MISSING_FIELD:  'period' or 'cronExpression' is required on Schedule. Found neither.`],
    ],
    [
      'two rules',
      { ...CRON, period: '1 day' },
      [
        `${bad}cronExpression: INVALID_FIELD:  'period' or 'cronExpression' may be set on Schedule, not both.`,
      ],
    ],
    [
      'a value that is out of range',
      { ...CRON, cronExpression: '30 24 * * *' },
      [
        `${bad}cronExpression: INVALID_FIELD_VALUE:  'cronExpression' "30 24 * * *" has hour "24", where 24 is out of range: expected 0-23.`,
      ],
    ],
    [
      'a day that never comes',
      { ...CRON, cronExpression: '0 0 31 FEB *' },
      [
        `${bad}cronExpression: INVALID_FIELD_VALUE:  'cronExpression' "0 0 31 FEB *" never fires: expected a day-of-month that one of its months has, at least in a leap year.`,
      ],
    ],
    [
      'a zone that is misspelt',
      { ...DAILY, timeZone: 'America/NewYork' },
      [
        `${bad}timeZone: INVALID_FIELD_VALUE:  'timeZone' "America/NewYork" is unknown: expected a name of the tz database, for example Europe/Berlin; did you mean "America/New_York".`,
      ],
    ],
    [
      'an offset for a zone',
      { ...DAILY, timeZone: '+05:30' },
      [
        `${bad}timeZone: INVALID_FIELD_VALUE:  'timeZone' "+05:30" is unknown: expected a name of the tz database, for example Europe/Berlin.`,
      ],
    ],
    [
      'a window of no length',
      { ...DAILY, runWindow: '10:00-10:00' },
      [
        `${bad}runWindow: INVALID_FIELD_VALUE:  'runWindow' "10:00-10:00" has no length: for whole days, expected 00:00-24:00 or days alone.`,
      ],
    ],
    [
      'a window that is never open',
      { ...DAILY, runWindow: 'Sat 10:00-12:00', blackout: ['Sat,Sun'] },
      [
        `${bad}blackout: INVALID_FIELD_VALUE:  'blackout' "Sat,Sun" leaves nothing of the runWindow "Sat 10:00-12:00".`,
      ],
    ],
    [
      'a blackout for ever',
      { ...DAILY, blackout: ['Mon-Fri', 'Sat-Sun'] },
      [
        `${bad}blackout: INVALID_FIELD_VALUE:  'blackout' "Mon-Fri", "Sat-Sun" leaves no time of the week: expected some in which work may begin.`,
      ],
    ],
    [
      'an end before the start',
      { ...CRON, endDateTime: '2025-01-01T00:00:00' },
      [
        `${bad}endDateTime: INVALID_FIELD_VALUE:  'endDateTime' "2025-01-01T00:00:00" is not later than the start 2026-01-01T00:00:00.`,
      ],
    ],
    [
      'windows of an ondemand pipeline',
      { period: 'ONDEMAND_PERIOD', startAt: 'ONDEMAND_ACTIVATION_TIME', timeZone: 'Europe/Berlin' },
      [
        `${bad}timeZone: INVALID_FIELD_VALUE:  'timeZone' does not go with period "ONDEMAND_PERIOD": the pipeline runs when it is activated.`,
      ],
    ],
    [
      'a cron expression with the start of ondemand',
      { cronExpression: '@daily', startAt: 'ONDEMAND_ACTIVATION_TIME' },
      [
        `${bad}startAt: INVALID_FIELD_VALUE:  'startAt' "ONDEMAND_ACTIVATION_TIME" needs period "ONDEMAND_PERIOD", not "@daily".`,
      ],
    ],
  ])('%s', (_, schedule, expected) => {
    expect(problemsOf(schedule)).toEqual(expected);
  });

  it('is told all its mistakes at once, even without a start', () => {
    const problems = problemsOf({
      cronExpression: '0 9 * *',
      timeZone: 'Mars/Olympus',
      runWindow: ['9-5', '25:00-26:00'],
      blackout: 'Christmas',
    });
    expect(problems.map((text) => text.replace(/:.*/, ''))).toEqual([
      `${bad}startAt`,
      `${bad}cronExpression`,
      `${bad}timeZone`,
      `${bad}runWindow`,
      `${bad}runWindow`,
      `${bad}blackout`,
    ]);
  });
});

describe('a Schedule is warned about', () => {
  it.each<[string, object, string]>([
    [
      'a zone that changes nothing',
      { ...START, period: '12 hours', timeZone: 'Europe/Berlin' },
      `warning S.timeZone: NO_EFFECT:  'timeZone' has no effect on period "12 hours": minutes and hours are the same in every zone.`,
    ],
    [
      'a cron expression that does not come round before the end',
      { ...CRON, endDateTime: '2026-01-02T00:00:00' },
      `warning S.cronExpression: NO_EFFECT:  'cronExpression' "30 6 * * MON-FRI" has no whole interval between the start and endDateTime, so the Schedule starts nothing.`,
    ],
    [
      'a window that is closed for longer than a period',
      { ...START, period: '15 minutes', runWindow: '22:00-06:00' },
      `warning S.runWindow: LONG_CLOSURE:  'runWindow' leaves no time to begin for up to 16 hours, longer than period "15 minutes": instances gather and begin together at the next opening.`,
    ],
    [
      'a blackout of each weekend with a daily cron expression',
      { ...START, cronExpression: '@daily', blackout: 'Sat,Sun' },
      `warning S.blackout: LONG_CLOSURE:  'blackout' leaves no time to begin for up to 2 days, longer than the intervals of "@daily": instances gather and begin together at the next opening.`,
    ],
  ])('%s', (_, schedule, expected) => {
    expect(problemsOf(schedule)).toEqual([expected]);
  });
});
