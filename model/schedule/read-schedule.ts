import { isReference, type FieldValue } from '../definition/component.js';
import { UTC, zoneNamed, type ZoneId } from '../expression/time-zone.js';
import { DateTimeError, formatDateTime, parseDateTime } from './date-time.js';
import { CronError, parseCron, type CronExpression } from './cron-expression.js';
import { openHours, type OpenHours } from './open-hours.js';
import { parsePeriod, PeriodError, type Period } from './period.js';
import { recurring } from './recurring.js';
import type { Schedule } from './schedule.js';
import type { ScheduleRule } from './timeline.js';
import { parseBlackout, parseRunWindow, WindowError } from './window-text.js';

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
export const SCHEDULE_FIELDS = [
  'period',
  'cronExpression',
  'timeZone',
  'startAt',
  'startDateTime',
  'endDateTime',
  'occurrences',
  'runWindow',
  'blackout',
] as const;
type ScheduleField = (typeof SCHEDULE_FIELDS)[number];
type ScheduleFields = Readonly<Record<string, readonly FieldValue[]>>;

/** Most values of runWindow, and of blackout. Our choice: every holiday of a hundred years. */
export const MAXIMUM_WINDOWS = 1000;
/** Enough for a run each second for three hundred years. */
const MAXIMUM_OCCURRENCES = 9_999_999_999;

/**
 * The schedule that the evaluated fields of a Schedule object describe. Source: semantics.md 4.1; for cronExpression,
 * timeZone, runWindow and blackout, which are ours, decision 005.
 * `firstActivation` is what FIRST_ACTIVATION_DATE_TIME stands for; ids of instances hold whole seconds, so it is cut to one.
 * @throws ScheduleError
 */
export function readSchedule(fields: ScheduleFields, firstActivation: Date, objectId = 'Schedule'): Schedule {
  const text = (field: ScheduleField): string | undefined => singleText(fields, field, objectId);
  const fail = failing(objectId);
  const periodText = text('period');
  const cronText = text('cronExpression');
  if (periodText === undefined && cronText === undefined) {
    fail('period', 'period is missing: expected for example "1 day", or a cronExpression');
  }
  if (periodText !== undefined && cronText !== undefined) {
    fail(
      'cronExpression',
      `cronExpression "${cronText}" and period "${periodText}" are both given: expected one of them`,
    );
  }
  if (periodText?.trim().toUpperCase() === 'ONDEMAND_PERIOD') {
    return ondemand(fields, periodText, objectId);
  }
  const givenStart = readStart(fields, firstActivation, periodText ?? cronText ?? '', objectId);
  const zone = readZone(text('timeZone'), objectId);
  const rule: ScheduleRule =
    cronText === undefined
      ? {
          kind: 'period',
          period: periodOf(periodText ?? '', objectId),
          ...(zone === undefined ? {} : { zone }),
        }
      : { kind: 'cron', expression: cronOf(cronText, objectId), zone: zone ?? UTC };
  const hours = readHours(fields, zone ?? UTC, objectId);
  return recurring(givenStart, rule, {
    ...readEnd(fields, givenStart, objectId),
    ...(hours === undefined ? {} : { hours }),
  });
}

type Fail = (field: ScheduleField, problem: string) => never;

function failing(objectId: string): Fail {
  return (field, problem) => {
    throw new ScheduleError(objectId, field, problem);
  };
}

/** The literals of ondemand; what says when has no meaning beside them. */
function ondemand(fields: ScheduleFields, periodText: string, objectId: string): Schedule {
  const fail = failing(objectId);
  const startAt = singleText(fields, 'startAt', objectId);
  const startDateTime = singleText(fields, 'startDateTime', objectId);
  if (
    startDateTime !== undefined ||
    (startAt !== undefined && startAt.trim().toUpperCase() !== 'ONDEMAND_ACTIVATION_TIME')
  ) {
    fail(
      'period',
      `period "${periodText}" needs startAt "ONDEMAND_ACTIVATION_TIME", not "${startDateTime ?? startAt}"`,
    );
  }
  for (const field of ['timeZone', 'runWindow', 'blackout'] as const) {
    if ((fields[field] ?? []).length === 0) continue;
    fail(field, `${field} does not go with period "${periodText}": the pipeline runs when it is activated`);
  }
  return { kind: 'ondemand' };
}

function readStart(fields: ScheduleFields, firstActivation: Date, ruleText: string, objectId: string): Date {
  const fail = failing(objectId);
  const startAt = singleText(fields, 'startAt', objectId);
  const startDateTime = singleText(fields, 'startDateTime', objectId);
  if (startAt !== undefined && startDateTime !== undefined) {
    fail(
      'startAt',
      `startAt "${startAt}" and startDateTime "${startDateTime}" are both given: expected one of them`,
    );
  }
  if (startDateTime !== undefined) return dateTimeOf(startDateTime, 'startDateTime', objectId);
  switch (startAt?.trim().toUpperCase()) {
    case 'FIRST_ACTIVATION_DATE_TIME':
      return new Date(Math.floor(firstActivation.getTime() / 1000) * 1000);
    case 'ONDEMAND_ACTIVATION_TIME':
      return fail('startAt', `startAt "${startAt}" needs period "ONDEMAND_PERIOD", not "${ruleText}"`);
    case undefined:
      return fail('startDateTime', 'has no start: expected startDateTime or startAt');
    default:
      return fail(
        'startAt',
        `startAt "${startAt}" is unknown: expected FIRST_ACTIVATION_DATE_TIME or ONDEMAND_ACTIVATION_TIME`,
      );
  }
}

function readEnd(
  fields: ScheduleFields,
  start: Date,
  objectId: string,
): { readonly end?: Date; readonly occurrences?: number } {
  const fail = failing(objectId);
  const endDateTime = singleText(fields, 'endDateTime', objectId);
  const occurrencesText = singleText(fields, 'occurrences', objectId);
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
    return { occurrences };
  }
  if (endDateTime === undefined) return {};
  const end = dateTimeOf(endDateTime, 'endDateTime', objectId);
  if (end.getTime() <= start.getTime()) {
    fail('endDateTime', `endDateTime "${endDateTime}" is not later than the start ${formatDateTime(start)}`);
  }
  return { end };
}

function readZone(text: string | undefined, objectId: string): ZoneId | undefined {
  if (text === undefined) return undefined;
  const fail = failing(objectId);
  const expected = 'expected a name of the tz database, for example Europe/Berlin';
  return zoneNamed(text.trim()) ?? fail('timeZone', `timeZone "${text}" is unknown: ${expected}`);
}

function readHours(fields: ScheduleFields, zone: ZoneId, objectId: string): OpenHours | undefined {
  const runWindow = texts(fields, 'runWindow', objectId);
  const blackout = texts(fields, 'blackout', objectId);
  if (runWindow.length + blackout.length === 0) return undefined;
  for (const [field, { length }] of [['runWindow', runWindow] as const, ['blackout', blackout] as const]) {
    if (length <= MAXIMUM_WINDOWS) continue;
    failing(objectId)(field, `${field} has ${length} values: expected at most ${MAXIMUM_WINDOWS}`);
  }
  const windows = runWindow.map((text) => windowOf(text, 'runWindow', parseRunWindow, objectId));
  const blackouts = blackout.map((text) => windowOf(text, 'blackout', parseBlackout, objectId));
  const hours = openHours(
    zone,
    windows.flat(),
    blackouts.flatMap(({ week = [] }) => week),
    blackouts.flatMap(({ local }) => (local === undefined ? [] : [local])),
  );
  if (hours.week.length > 0) return hours;
  const shown = blackout.map((text) => `"${text}"`).join(', ');
  return failing(objectId)(
    'blackout',
    runWindow.length === 0
      ? `blackout ${shown} leaves no time of the week: expected some in which work may begin`
      : `blackout ${shown} leaves nothing of the runWindow ${runWindow.map((text) => `"${text}"`).join(', ')}`,
  );
}

function texts(fields: ScheduleFields, field: ScheduleField, objectId: string): string[] {
  return (Object.hasOwn(fields, field) ? (fields[field] ?? []) : []).map((value) =>
    isReference(value)
      ? failing(objectId)(field, `${field} is a reference to "${value.ref}": expected text`)
      : value,
  );
}

function singleText(fields: ScheduleFields, field: ScheduleField, objectId: string): string | undefined {
  const values = texts(fields, field, objectId);
  if (values.length > 1) failing(objectId)(field, `${field} has ${values.length} values: expected one`);
  return values[0];
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

function cronOf(text: string, objectId: string): CronExpression {
  try {
    return parseCron(text);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    throw new ScheduleError(objectId, 'cronExpression', `cronExpression ${error.message}`);
  }
}

function windowOf<T>(
  text: string,
  field: 'runWindow' | 'blackout',
  read: (text: string) => T,
  objectId: string,
): T {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof WindowError)) throw error;
    throw new ScheduleError(objectId, field, `${field} ${error.message}`);
  }
}
