import {
  countIntervals,
  MAXIMUM_WINDOWS,
  printRule,
  readSchedule,
  SCHEDULE_FIELDS,
  ScheduleError,
  type RecurringSchedule,
  type Schedule,
} from '../schedule/schedule.js';
import { objectType } from '../objects/catalogue.js';
import { paceOf, type Pace } from '../schedule/crossings.js';
import { longestClosureMs } from '../schedule/open-hours.js';
import { parsePeriod, periodToMs } from '../schedule/period.js';
import { DateTimeError, parseDateTime } from '../schedule/date-time.js';
import { isLocal } from '../schedule/timeline.js';
import { hasExpression } from '../expression/template.js';
import { zoneNamed, zoneNames } from '../expression/time-zone.js';
import { checkCrossings } from './check-crossings.js';
import { isReference, type Component, type FieldValue } from './component.js';
import { DEFAULT_ID } from './inheritance.js';
import { valuesOf, type Inspection } from './inspection.js';

const SHORTEST_PERIOD_MS = 15 * 60_000;
/** 3 years, one of them a leap year, so that "36 months" and "1096 days" are inside too. */
const LONGEST_PERIOD_MS = 1096 * 86_400_000;
/** Objects of a definition in which cron expressions are still worked out for a warning. */
const MOST_WORKED_OUT = 1000;
/** Most Schedules of a definition. Our choice: a bound on work; AWS's quota is 100 objects of all types. */
const MAXIMUM_SCHEDULES = 2_000;
const RULE_FIELDS = ['period', 'cronExpression'];
/** Stands for the first activation, of which validation knows nothing; it only must be a date. */
const ANY_ACTIVATION = new Date(Date.UTC(2020, 0, 1));

/** Schedule objects, who runs on them, and the rules of ondemand. Source: semantics.md 4, 15, 17. */
export function checkSchedules(inspection: Inspection): void {
  const paces = new Map<string, Pace>();
  const used = schedulesInUse(inspection);
  const runOn = resourcesInUse(inspection);
  let count = 0;
  for (const component of inspection.components.values()) {
    if (inspection.isSettled) return;
    if (component.type === 'Schedule') {
      if (++count > MAXIMUM_SCHEDULES) continue;
      const schedule = checkSchedule(inspection, component);
      // Schedules are large, and may be very many.
      const pace = schedule !== undefined && used.has(component.id) ? paceOf(schedule) : undefined;
      if (pace !== undefined) paces.set(component.id, pace);
    } else if (isScheduled(component)) checkScheduled(inspection, component, runOn);
  }
  if (count > MAXIMUM_SCHEDULES) {
    const text = `LIMIT_EXCEEDED:  the definition has ${count} Schedules, of which the first ${MAXIMUM_SCHEDULES} are checked. Expected at most ${MAXIMUM_SCHEDULES}.`;
    inspection.error(undefined, undefined, text);
  }
  checkOndemand(inspection);
  checkCrossings(inspection, paces);
  for (const { id, type } of inspection.components.values()) {
    if (
      type !== 'Schedule' ||
      used.has(id) ||
      RULE_FIELDS.some((field) => inspection.ownerOf(id, field) === DEFAULT_ID)
    )
      continue;
    inspection.warn(
      id,
      undefined,
      'UNUSED_SCHEDULE:  no object runs on this Schedule, so it starts nothing.',
    );
  }
}

/** Activities, data nodes and resources run on a schedule. Source: semantics.md 4.2. */
function isScheduled({ type }: Component): boolean {
  const category = objectType(type)?.category;
  return (
    category === 'activity' || category === 'datanode' || (category === 'resource' && type !== 'HttpProxy')
  );
}

/** The Schedule, when it can be read before a run. */
function checkSchedule(inspection: Inspection, component: Component): Schedule | undefined {
  const fields: Record<string, FieldValue[]> = {};
  let unknown = false;
  for (const field of SCHEDULE_FIELDS) {
    for (const value of valuesOf(component, field)) {
      const values = isReference(value) ? [value] : inspection.evaluate(value, component.id);
      if (values === undefined) {
        unknown = true;
        if (isDateField(field) && !isReference(value)) notLiteral(inspection, component, field, value);
      } else {
        (fields[field] ??= []).push(...values);
        if (values.length === 0 && (RULE_FIELDS.includes(field) || field === 'startDateTime')) {
          unknown = true; // a parameter without a value: one that is missing is reported as such
          if (inspection.hasAllParameters && !isReference(value)) {
            const text = `INVALID_FIELD_VALUE:  '${field}' value ${inspection.shown(value, field)} comes to nothing. Expected a value.`;
            inspection.error(inspection.ownerOf(component.id, field), field, text);
          }
        }
        const [text] = values;
        if (isDateField(field) && typeof text === 'string' && !isReference(value) && !isDateTime(text)) {
          unknown = true;
          notLiteral(inspection, component, field, value, text);
        }
      }
    }
  }
  const ruleCount = valuesOf(component, 'period').length + valuesOf(component, 'cronExpression').length;
  const bothRules =
    valuesOf(component, 'period').length > 0 && ruleCount > valuesOf(component, 'period').length;
  const bothStarts =
    valuesOf(component, 'startAt').length > 0 && valuesOf(component, 'startDateTime').length > 0;
  const noStart = valuesOf(component, 'startAt').length + valuesOf(component, 'startDateTime').length === 0;
  const isWhole = !unknown && ruleCount > 0 && !bothRules && !bothStarts && !noStart; // else it is reported
  const whole = isWhole ? readFields(component, fields) : undefined;
  if (whole?.schedule !== undefined) {
    checkPeriodBounds(inspection, component, fields['period']);
    if (whole.schedule.kind === 'recurring') checkMeaning(inspection, component, whole.schedule, fields);
    return whole.schedule;
  }
  const areFine = FIELDS_ALONE.map((field) => checkAlone(inspection, component, field, fields[field]));
  if (areFine[0] === true) checkPeriodBounds(inspection, component, fields['period']);
  if (whole !== undefined && areFine.every(Boolean)) report(inspection, component, fields, whole.error);
  return undefined;
}

/** Fields that are right or wrong whatever the others say, so that all mistakes are told at once. */
const FIELDS_ALONE = ['period', 'cronExpression', 'timeZone', 'runWindow', 'blackout'] as const;

/** True when the field may stand, as far as can be known without the others. */
function checkAlone(
  inspection: Inspection,
  component: Component,
  field: (typeof FIELDS_ALONE)[number],
  values: readonly FieldValue[] = [],
): boolean {
  const [first] = values;
  if (first === undefined || (field === 'period' && typeof first === 'string' && isOndemandPeriod(first)))
    return true;
  const rule = field === 'period' || field === 'cronExpression' ? {} : { period: ['1 day'] };
  // One by one, so that each wrong one is told; too many are told as such.
  const isEach = (field === 'runWindow' || field === 'blackout') && values.length <= MAXIMUM_WINDOWS;
  const groups = isEach ? values.map((value) => [value]) : [values];
  return groups
    .map((group) => {
      const alone = { startDateTime: ['2020-01-01T00:00:00'], ...rule, [field]: group };
      const { error } = readFields(component, alone);
      if (error !== undefined) report(inspection, component, alone, error);
      return error === undefined;
    })
    .every(Boolean);
}

type Reading =
  | { readonly schedule: Schedule; readonly error?: undefined }
  | { readonly schedule?: undefined; readonly error: ScheduleError };

function readFields({ id }: Component, fields: Readonly<Record<string, readonly FieldValue[]>>): Reading {
  try {
    return { schedule: readSchedule(fields, ANY_ACTIVATION, id) };
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return { error };
  }
}

function report(
  inspection: Inspection,
  component: Component,
  fields: Readonly<Record<string, readonly FieldValue[]>>,
  error: ScheduleError,
): void {
  const text = error.message
    .replace(/^Schedule "(?:[^"]|"(?!: ))*": /, '')
    .replace(/^[a-zA-Z]+\b/, (word) =>
      SCHEDULE_FIELDS.some((field) => field === word) ? `'${word}'` : word,
    );
  inspection.error(
    inspection.ownerOf(component.id, error.field),
    error.field,
    `INVALID_FIELD_VALUE:  ${text}${nearestZone(inspection, error, fields)}.`,
  );
}

/** `; did you mean "Europe/Berlin"?` for a misspelt zone. */
function nearestZone(
  inspection: Inspection,
  { field }: ScheduleError,
  fields: Readonly<Record<string, readonly FieldValue[]>>,
): string {
  const [zone] = fields['timeZone'] ?? [];
  if (field !== 'timeZone' || typeof zone !== 'string' || zoneNamed(zone.trim()) !== undefined) return '';
  return inspection.suggest(zone, zoneNames()).replace(/\?$/, '');
}

/** What may stand, but is hardly meant. All of it is about Penstock's own fields. */
function checkMeaning(
  inspection: Inspection,
  component: Component,
  schedule: RecurringSchedule,
  fields: Readonly<Record<string, readonly FieldValue[]>>,
): void {
  const { rule, hours, timeline } = schedule;
  const warn = (field: string, text: string) =>
    inspection.warn(inspection.ownerOf(component.id, field), field, text);
  const [zone] = fields['timeZone'] ?? [];
  if (rule.kind === 'period' && zone !== undefined && hours === undefined && !isLocal(rule.period)) {
    const text = `'timeZone' has no effect on period "${printRule(rule)}": minutes and hours are the same in every zone.`;
    warn('timeZone', `NO_EFFECT:  ${text}`);
  }
  // Working an expression out takes a moment, which very many would make minutes.
  if (rule.kind === 'cron' && inspection.components.size > MOST_WORKED_OUT) return;
  if (rule.kind === 'cron' && countIntervals(schedule) === 0) {
    const text = `'cronExpression' "${rule.expression.text}" has no whole interval between the start and endDateTime, so the Schedule starts nothing.`;
    warn('cronExpression', `NO_EFFECT:  ${text}`);
  }
  if (hours === undefined) return;
  const closedMs = longestClosureMs(hours);
  if (closedMs <= timeline.averageMs) return;
  const field = (fields['runWindow'] ?? []).length > 0 ? 'runWindow' : 'blackout';
  const often =
    rule.kind === 'period' ? `period "${printRule(rule)}"` : `the intervals of "${printRule(rule)}"`;
  const text = `'${field}' leaves no time to begin for up to ${printDuration(closedMs)}, longer than ${often}: instances gather and begin together at the next opening.`;
  warn(field, `LONG_CLOSURE:  ${text}`);
}

function printDuration(ms: number): string {
  const hours = Math.round(ms / 360_000) / 10;
  return hours >= 48 ? `${Math.round(hours / 2.4) / 10} days` : `${hours} hours`;
}

function isDateField(field: string): boolean {
  return field === 'startDateTime' || field === 'endDateTime';
}

/** AWS's own text, observed; what was found and expected follows it. */
function notLiteral(
  inspection: Inspection,
  component: Component,
  field: string,
  raw: string,
  text = raw,
): void {
  const why = text === raw && hasExpression(raw) ? ', an expression that has no value before the run' : '';
  inspection.error(
    inspection.ownerOf(component.id, field),
    field,
    `INVALID_FIELD_VALUE:  '${field}' value must be a literal datetime value. Found ${inspection.shown(raw, field, text)}${why}; expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00.`,
  );
}

function isDateTime(text: string): boolean {
  try {
    parseDateTime(text);
    return true;
  } catch (error) {
    if (error instanceof DateTimeError) return false;
    throw error;
  }
}

function checkPeriodBounds(
  inspection: Inspection,
  component: Component,
  values: readonly FieldValue[] = [],
): void {
  const [text] = values;
  if (typeof text !== 'string' || isOndemandPeriod(text)) return;
  const lengthMs = periodToMs(parsePeriod(text));
  if (lengthMs >= SHORTEST_PERIOD_MS && lengthMs <= LONGEST_PERIOD_MS) return;
  const bound =
    lengthMs < SHORTEST_PERIOD_MS
      ? 'shorter than the minimum of 15 minutes'
      : 'longer than the maximum of 3 years';
  inspection.warn(
    inspection.ownerOf(component.id, 'period'),
    'period',
    `LIMIT_EXCEEDED:  'period' "${text}" is ${bound} that AWS Data Pipeline has. Penstock accepts it, as an extension.`,
  );
}

function isOndemandPeriod(text: string): boolean {
  return text.trim().toUpperCase() === 'ONDEMAND_PERIOD';
}

function checkScheduled(inspection: Inspection, component: Component, runOn: ReadonlySet<string>): void {
  const scheduleType = inspection.textOf(component, 'scheduleType')?.trim().toLowerCase();
  if (scheduleType !== 'ondemand' && valuesOf(component, 'schedule').length === 0) {
    const text = `MISSING_FIELD:  'schedule' is required on ${component.type}, its own or inherited from Default, unless 'scheduleType' is ondemand.`;
    // The guide shows clusters on their own, as the console saved them. Source: observed.md.
    if (objectType(component.type)?.category === 'resource' && !runOn.has(component.id)) {
      inspection.warn(component.id, 'schedule', `${text} No object runs on it, so it is never started.`);
    } else inspection.error(component.id, 'schedule', text);
  }
  if (
    valuesOf(component, 'onLateAction').length > 0 &&
    valuesOf(component, 'lateAfterTimeout').length === 0
  ) {
    const text = `MISSING_FIELD:  'lateAfterTimeout' is required with 'onLateAction': nothing is late without it.`;
    inspection.error(inspection.ownerOf(component.id, 'onLateAction'), 'lateAfterTimeout', text);
  }
  const owner = inspection.ownerOf(component.id, 'scheduleType');
  const defaults = inspection.components.get(DEFAULT_ID);
  const ofDefault =
    defaults === undefined ? undefined : inspection.textOf(defaults, 'scheduleType')?.trim().toLowerCase();
  const text = `INVALID_FIELD_VALUE:  'scheduleType' value "ondemand" may be set on Default only: a pipeline is ondemand as a whole.`;
  if (scheduleType === 'ondemand' && ofDefault !== 'ondemand') inspection.error(owner, 'scheduleType', text);
  if (ofDefault === 'ondemand' && scheduleType !== undefined && scheduleType !== 'ondemand') {
    inspection.error(
      owner,
      'scheduleType',
      `INVALID_FIELD_VALUE:  'scheduleType' value "${scheduleType}" does not go with ondemand on Default.`,
    );
  }
}

/** Ids of what activities, data nodes and resources have as `schedule`. */
function schedulesInUse(inspection: Inspection): Set<string> {
  const ids = new Set<string>();
  for (const component of inspection.components.values()) {
    if (!isScheduled(component)) continue;
    const reference = valuesOf(component, 'schedule').find(isReference);
    if (reference !== undefined) ids.add(reference.ref);
  }
  return ids;
}

/** Ids of the resources that an object runs on. */
function resourcesInUse(inspection: Inspection): Set<string> {
  const ids = new Set<string>();
  for (const component of inspection.components.values()) {
    for (const value of valuesOf(component, 'runsOn')) if (isReference(value)) ids.add(value.ref);
  }
  return ids;
}

/** ondemand stands on Default, without a Schedule (but for the ONDEMAND literals). Source: semantics.md 4.4. */
function checkOndemand(inspection: Inspection): void {
  for (const component of inspection.components.values()) {
    if (component.id !== DEFAULT_ID && !isScheduled(component)) continue;
    if (inspection.textOf(component, 'scheduleType')?.trim().toLowerCase() !== 'ondemand') continue;
    for (const value of valuesOf(component, 'schedule')) {
      const schedule = isReference(value) ? inspection.components.get(value.ref) : undefined;
      if (schedule?.type !== 'Schedule') continue;
      const rule = RULE_FIELDS.map((field) => inspection.textOf(schedule, field)).find(
        (each) => each !== undefined,
      );
      if (rule === undefined || isOndemandPeriod(rule)) continue;
      const text = `INVALID_FIELD_VALUE:  'schedule' has no effect with 'scheduleType' ondemand: the pipeline runs when it is activated, not by Schedule "${schedule.id}".`;
      inspection.warn(inspection.ownerOf(component.id, 'schedule'), 'schedule', text);
    }
  }
}
