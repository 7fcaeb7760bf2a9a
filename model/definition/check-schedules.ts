import { ScheduleError, readSchedule, SCHEDULE_FIELDS } from '../schedule/schedule.js';
import { objectType } from '../objects/catalogue.js';
import { parsePeriod, PeriodError, periodToMs } from '../schedule/period.js';
import { DateTimeError, parseDateTime } from '../schedule/date-time.js';
import { hasExpression } from '../expression/template.js';
import { isReference, type Component, type FieldValue } from './component.js';
import { DEFAULT_ID } from './inheritance.js';
import { valuesOf, type Inspection } from './inspection.js';

const SHORTEST_PERIOD_MS = 15 * 60_000;
/** 3 years, one of them a leap year, so that "36 months" and "1096 days" are inside too. */
const LONGEST_PERIOD_MS = 1096 * 86_400_000;
/** Stands for the first activation, of which validation knows nothing; it only must be a date. */
const ANY_ACTIVATION = new Date(Date.UTC(2020, 0, 1));

/** Schedule objects, who runs on them, and the rules of ondemand. Source: semantics.md 4, 15, 17. */
export function checkSchedules(inspection: Inspection): void {
  const used = new Set<string>();
  const runOn = resourcesInUse(inspection);
  for (const component of inspection.components.values()) {
    if (component.type === 'Schedule') checkSchedule(inspection, component);
    else if (isScheduled(component)) checkScheduled(inspection, component, used, runOn);
  }
  checkOndemand(inspection);
  for (const { id, type } of inspection.components.values()) {
    if (type !== 'Schedule' || used.has(id) || inspection.ownerOf(id, 'period') === DEFAULT_ID) continue;
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

function checkSchedule(inspection: Inspection, component: Component): void {
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
        if (values.length === 0 && (field === 'period' || field === 'startDateTime')) {
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
  if (valuesOf(component, 'period').length === 0) return; // reported as missing
  const bothStarts =
    valuesOf(component, 'startAt').length > 0 && valuesOf(component, 'startDateTime').length > 0;
  const noStart = valuesOf(component, 'startAt').length + valuesOf(component, 'startDateTime').length === 0;
  if (unknown || bothStarts || noStart) {
    checkPeriodAlone(inspection, component, fields['period']);
    return;
  }
  try {
    readSchedule(fields, ANY_ACTIVATION, component.id);
    checkPeriodBounds(inspection, component, fields['period']);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    const text = error.message
      .replace(/^Schedule "(?:[^"]|"(?!: ))*": /, '')
      .replace(/^(period|startAt|startDateTime|endDateTime|occurrences)\b/, `'$1'`);
    inspection.error(
      inspection.ownerOf(component.id, error.field),
      error.field,
      `INVALID_FIELD_VALUE:  ${text}.`,
    );
  }
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

function checkPeriodAlone(
  inspection: Inspection,
  component: Component,
  values: readonly FieldValue[] = [],
): void {
  const [text] = values;
  if (typeof text !== 'string' || isOndemandPeriod(text)) return;
  try {
    parsePeriod(text);
    checkPeriodBounds(inspection, component, values);
  } catch (error) {
    if (!(error instanceof PeriodError)) throw error;
    const message = error.message.replace(/^Period/, `'period'`);
    inspection.error(
      inspection.ownerOf(component.id, 'period'),
      'period',
      `INVALID_FIELD_VALUE:  ${message}.`,
    );
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

function checkScheduled(
  inspection: Inspection,
  component: Component,
  used: Set<string>,
  runOn: ReadonlySet<string>,
): void {
  const scheduleType = inspection.textOf(component, 'scheduleType')?.trim().toLowerCase();
  const schedule = valuesOf(component, 'schedule').find(isReference)?.ref;
  if (schedule !== undefined) used.add(schedule);
  else if (scheduleType !== 'ondemand' && valuesOf(component, 'schedule').length === 0) {
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
      const period = inspection.textOf(schedule, 'period');
      if (period === undefined || isOndemandPeriod(period)) continue;
      const text = `INVALID_FIELD_VALUE:  'schedule' has no effect with 'scheduleType' ondemand: the pipeline runs when it is activated, not by Schedule "${schedule.id}".`;
      inspection.warn(inspection.ownerOf(component.id, 'schedule'), 'schedule', text);
    }
  }
}
