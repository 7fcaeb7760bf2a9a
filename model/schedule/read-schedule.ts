import { isReference, type FieldValue } from '../definition/component.js';
import { DateTimeError, formatDateTime, parseDateTime } from './date-time.js';
import { parsePeriod, PeriodError, type Period } from './period.js';
import type { Schedule } from './schedule.js';

/** A field of a Schedule object that cannot be used. The message names object, field and value. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';

  constructor(
    readonly objectId: string,
    readonly field: string,
    problem: string,
  ) {
    super(`Schedule "${objectId}": ${problem}`);
  }
}

/** The fields that readSchedule reads; nothing else of a Schedule needs to be evaluated for it. */
export const SCHEDULE_FIELDS = ['period', 'startAt', 'startDateTime', 'endDateTime', 'occurrences'] as const;
type ScheduleField = (typeof SCHEDULE_FIELDS)[number];

/** Enough for a run each second for three hundred years. */
const MAXIMUM_OCCURRENCES = 9_999_999_999;

/**
 * The schedule that the evaluated fields of a Schedule object describe. Source: semantics.md 4.1.
 * `firstActivation` is what FIRST_ACTIVATION_DATE_TIME stands for; ids of instances hold whole seconds, so it is cut to one.
 * @throws ScheduleError
 */
export function readSchedule(
  fields: Readonly<Record<string, readonly FieldValue[]>>,
  firstActivation: Date,
  objectId = 'Schedule',
): Schedule {
  const text = (field: ScheduleField): string | undefined => singleText(fields, field, objectId);
  const fail = (field: ScheduleField, problem: string): never => {
    throw new ScheduleError(objectId, field, problem);
  };
  const periodText = text('period') ?? fail('period', 'period is missing: expected for example "1 day"');
  const startAt = text('startAt');
  const startDateTime = text('startDateTime');
  if (startAt !== undefined && startDateTime !== undefined) {
    fail(
      'startAt',
      `startAt "${startAt}" and startDateTime "${startDateTime}" are both given: expected one of them`,
    );
  }
  const startWord = startAt?.trim().toUpperCase();
  if (periodText.trim().toUpperCase() === 'ONDEMAND_PERIOD') {
    if (
      startDateTime !== undefined ||
      (startWord !== undefined && startWord !== 'ONDEMAND_ACTIVATION_TIME')
    ) {
      fail(
        'period',
        `period "${periodText}" needs startAt "ONDEMAND_ACTIVATION_TIME", not "${startDateTime ?? startAt}"`,
      );
    }
    return { kind: 'ondemand' };
  }
  if (startWord === 'ONDEMAND_ACTIVATION_TIME') {
    fail('startAt', `startAt "${startAt}" needs period "ONDEMAND_PERIOD", not "${periodText}"`);
  }
  if (startWord !== undefined && startWord !== 'FIRST_ACTIVATION_DATE_TIME') {
    fail(
      'startAt',
      `startAt "${startAt}" is unknown: expected FIRST_ACTIVATION_DATE_TIME or ONDEMAND_ACTIVATION_TIME`,
    );
  }
  if (startWord === undefined && startDateTime === undefined) {
    fail('startDateTime', 'has no start: expected startDateTime or startAt');
  }
  const period = periodOf(periodText, objectId);
  const start =
    startDateTime === undefined
      ? new Date(Math.floor(firstActivation.getTime() / 1000) * 1000)
      : dateTimeOf(startDateTime, 'startDateTime', objectId);

  const endDateTime = text('endDateTime');
  const occurrencesText = text('occurrences');
  if (endDateTime !== undefined && occurrencesText !== undefined) {
    fail(
      'occurrences',
      `occurrences "${occurrencesText}" and endDateTime "${endDateTime}" are both given: expected at most one of them`,
    );
  }
  if (occurrencesText !== undefined) {
    const occurrences = /^\s*\d+\s*$/.test(occurrencesText) ? Number(occurrencesText) : 0;
    if (occurrences < 1 || occurrences > MAXIMUM_OCCURRENCES) {
      fail(
        'occurrences',
        `occurrences "${occurrencesText}" is not a number of runs: expected a whole number from 1`,
      );
    }
    return { kind: 'recurring', start, period, occurrences };
  }
  if (endDateTime === undefined) return { kind: 'recurring', start, period };
  const end = dateTimeOf(endDateTime, 'endDateTime', objectId);
  if (end.getTime() <= start.getTime()) {
    fail('endDateTime', `endDateTime "${endDateTime}" is not later than the start ${formatDateTime(start)}`);
  }
  return { kind: 'recurring', start, period, end };
}

function singleText(
  fields: Readonly<Record<string, readonly FieldValue[]>>,
  field: ScheduleField,
  objectId: string,
): string | undefined {
  const values = Object.hasOwn(fields, field) ? (fields[field] ?? []) : [];
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length > 1) {
    throw new ScheduleError(objectId, field, `${field} has ${values.length} values: expected one`);
  }
  if (isReference(value)) {
    throw new ScheduleError(objectId, field, `${field} is a reference to "${value.ref}": expected text`);
  }
  return value;
}

function periodOf(text: string, objectId: string): Period {
  try {
    return parsePeriod(text);
  } catch (error) {
    if (!(error instanceof PeriodError)) throw error;
    throw new ScheduleError(objectId, 'period', error.message.replace(/^Period/, 'period'));
  }
}

function dateTimeOf(text: string, field: ScheduleField, objectId: string): Date {
  try {
    return parseDateTime(text);
  } catch (error) {
    if (!(error instanceof DateTimeError)) throw error;
    throw new ScheduleError(objectId, field, `${field} ${error.message}`);
  }
}
