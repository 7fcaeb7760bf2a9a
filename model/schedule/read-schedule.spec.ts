import { describe, expect, it, test } from 'vitest';
import { readSchedule, ScheduleError } from './read-schedule.js';

const firstActivation = new Date('2024-05-24T17:10:05.678Z');
const start = new Date('2024-01-01T00:00:00Z');
const rule = { kind: 'period', period: { count: 1, unit: 'day' } };

describe('readSchedule', () => {
  it('reads start, period and end', () => {
    expect(
      readSchedule(
        { period: ['1 Day'], startDateTime: ['2024-01-01T00:00:00'], endDateTime: ['2024-01-03T00:00:00'] },
        firstActivation,
      ),
    ).toMatchObject({ kind: 'recurring', start, rule, end: new Date('2024-01-03T00:00:00Z') });
  });

  it('reads occurrences, and neither end nor occurrences', () => {
    const fields = { period: ['1 Day'], startDateTime: ['2024-01-01T00:00:00'] };
    expect(readSchedule({ ...fields, occurrences: ['4'] }, firstActivation)).toMatchObject({
      kind: 'recurring',
      start,
      rule,
      occurrences: 4,
    });
    expect(readSchedule(fields, firstActivation)).toMatchObject({ kind: 'recurring', start, rule });
  });

  test.each(['FIRST_ACTIVATION_DATE_TIME', 'first_activation_date_time'])(
    '%s is the first activation in whole seconds',
    (startAt) => {
      expect(
        readSchedule({ period: ['1 day'], startAt: [startAt], occurrences: ['1'] }, firstActivation),
      ).toMatchObject({
        kind: 'recurring',
        start: new Date('2024-05-24T17:10:05Z'),
        rule,
        occurrences: 1,
      });
    },
  );

  it('knows the literals of ondemand', () => {
    expect(
      readSchedule({ period: ['ONDEMAND_PERIOD'], startAt: ['ONDEMAND_ACTIVATION_TIME'] }, firstActivation),
    ).toEqual({ kind: 'ondemand' });
    expect(readSchedule({ period: ['ondemand_period'] }, firstActivation)).toEqual({ kind: 'ondemand' });
  });

  const startDateTime = ['2024-01-01T00:00:00'];
  test.each([
    ['period', { startDateTime }, 'period is missing'],
    ['period', { period: ['15 Period'], startDateTime }, 'period "15 Period" is not a period'],
    ['period', { period: [{ ref: 'X' }], startDateTime }, 'period is a reference to "X"'],
    ['period', { period: ['1 day', '2 days'], startDateTime }, 'period has 2 values'],
    ['period', { period: ['ONDEMAND_PERIOD'], startDateTime }, 'needs startAt "ONDEMAND_ACTIVATION_TIME"'],
    [
      'startAt',
      { period: ['1 day'], startAt: ['ONDEMAND_ACTIVATION_TIME'] },
      'needs period "ONDEMAND_PERIOD", not "1 day"',
    ],
    ['startAt', { period: ['1 day'], startAt: ['NOW'] }, 'startAt "NOW" is unknown'],
    [
      'startAt',
      { period: ['1 day'], startAt: ['FIRST_ACTIVATION_DATE_TIME'], startDateTime },
      'are both given',
    ],
    ['startDateTime', { period: ['1 day'] }, 'has no start'],
    [
      'startDateTime',
      { period: ['1 day'], startDateTime: ['2024-01-01'] },
      'startDateTime "2024-01-01" is not a DateTime',
    ],
    [
      'endDateTime',
      { period: ['1 day'], startDateTime, endDateTime: startDateTime },
      'is not later than the start 2024-01-01T00:00:00',
    ],
    [
      'endDateTime',
      { period: ['1 day'], startDateTime, endDateTime: ['2024-02-30T00:00:00'] },
      'is not a date of the calendar',
    ],
    [
      'occurrences',
      { period: ['1 day'], startDateTime, occurrences: ['0'] },
      'occurrences "0" is not a number of runs',
    ],
    [
      'occurrences',
      { period: ['1 day'], startDateTime, occurrences: ['two'] },
      'occurrences "two" is not a number of runs',
    ],
    [
      'occurrences',
      { period: ['1 day'], startDateTime, occurrences: ['1'], endDateTime: ['2025-01-01T00:00:00'] },
      'are both given',
    ],
  ])('refuses %s in %j: %s', (field, fields, problem) => {
    let thrown: unknown;
    try {
      readSchedule(fields, firstActivation, 'Nightly');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ScheduleError);
    expect(thrown).toMatchObject({ objectId: 'Nightly', field });
    expect(String(thrown)).toContain('Schedule "Nightly": ');
    expect(String(thrown)).toContain(problem);
  });
});
