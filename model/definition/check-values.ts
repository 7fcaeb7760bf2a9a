import { listed } from '../expression/suggest.js';
import type { FieldDefinition } from '../objects/object-type.js';
import { REGIONS } from '../objects/regions.js';
import { DateTimeError, parseDateTime } from '../schedule/date-time.js';
import { parsePeriod, PeriodError, periodToMs } from '../schedule/period.js';
import { SCHEDULE_FIELDS } from '../schedule/schedule.js';
import { checkTypeRules } from './check-type-rules.js';
import { isReference } from './component.js';
import type { Inspection, KnownField } from './inspection.js';
import { quote } from './problem.js';

/** Shortest pause that AWS allows between two attempts. Source: semantics.md 17. */
const SHORTEST_RETRY_DELAY_MS = 2 * 60_000;
/** Shortest time after which AWS calls an object late. Source: semantics.md 7.1 (an earlier edition of the guide). */
const SHORTEST_LATENESS_MS = 15 * 60_000;

/** Values of the fields that the types know, each by its kind, after parameters are put in. Source: semantics.md 15. */
export function checkValues(inspection: Inspection): void {
  const inherited = new Set<KnownField>();
  for (const component of inspection.components.values()) {
    if (inspection.isSettled) return;
    for (const field of inspection.knownFields(component)) {
      if (component.type === 'Schedule' && isScheduleField(field.name)) continue; // check-schedules.ts
      if (field.definition.kind === 'reference') continue; // check-references.ts
      // What many inherit is checked once for each type, unless it may differ from object to object.
      if (field.owner !== component.id && !field.values.some(inspection.isEvaluated)) {
        if (inherited.has(field)) continue;
        inherited.add(field);
      }
      for (const value of field.values) {
        if (isReference(value)) {
          const text = `INVALID_FIELD_VALUE:  '${field.name}' is a reference to ${quote(value.ref)}. Expected text.`;
          inspection.error(field.owner, field.name, text);
          continue;
        }
        if (field.definition.kind === 'string') continue; // any text will do
        for (const evaluated of inspection.evaluate(value, component.id) ?? []) {
          checkValue(inspection, field, value, evaluated);
        }
      }
    }
  }
  checkTypeRules(inspection);
}

function isScheduleField(name: string): boolean {
  return SCHEDULE_FIELDS.some((field) => field === name);
}

function checkValue(inspection: Inspection, field: KnownField, raw: string, evaluated: string): void {
  const { name, definition, owner } = field;
  const expected = mismatch(definition, evaluated, inspection);
  if (expected !== undefined) {
    const end = expected.endsWith('?') ? '' : '.';
    const text = `INVALID_FIELD_VALUE:  '${name}' value ${inspection.shown(raw, name, evaluated)} ${expected}${end}`;
    inspection.error(owner, name, text);
    return;
  }
  const doubt = doubtful(name, definition, evaluated);
  if (doubt !== undefined) {
    inspection.warn(
      owner,
      name,
      `LIMIT_EXCEEDED:  '${name}' value ${inspection.shown(raw, name, evaluated)} ${doubt}.`,
    );
  }
}

/** What is wrong with a value and what was expected, or undefined. */
function mismatch(definition: FieldDefinition, value: string, inspection: Inspection): string | undefined {
  const text = value.trim();
  switch (definition.kind) {
    case 'string':
    case 'reference':
      return undefined;
    case 'int':
      if (!/^[+-]?\d{1,9}$/.test(text)) return 'is not a whole number';
      // Its upper bound is a quota, and those are warnings.
      return Number(text) < (definition.min ?? 0)
        ? `is too small: expected at least ${definition.min ?? 0}`
        : undefined;
    case 'double': {
      const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = definition;
      if (number >= min && number <= max) return undefined;
      return Number.isFinite(min) ? `is not a number from ${min} to ${max.toFixed(1)}` : 'is not a number';
    }
    case 'boolean':
      return /^(true|false)$/i.test(text) ? undefined : 'is not true or false';
    case 'datetime':
      return messageOf(DateTimeError, () => parseDateTime(value), value);
    case 'period':
      return messageOf(PeriodError, () => parsePeriod(value), value);
    case 'enum': {
      const values = definition.values ?? [];
      if (values.some((each) => each.toLowerCase() === text.toLowerCase())) return undefined;
      if (isRegionList(values) && isRegion(text)) return undefined;
      return `is not one of ${listed(values, 20)}${inspection.suggest(text, values)}`;
    }
  }
}

function doubtful(name: string, definition: FieldDefinition, value: string): string | undefined {
  if (definition.kind === 'int' && definition.max !== undefined && Number(value) > definition.max) {
    return `is more than AWS Data Pipeline's quota of ${definition.max}. Penstock has no such limit`;
  }
  if (name === 'retryDelay' && periodToMs(parsePeriod(value)) < SHORTEST_RETRY_DELAY_MS) {
    return "is shorter than AWS Data Pipeline's minimum of 2 minutes. Penstock has no such limit";
  }
  if (name === 'lateAfterTimeout' && periodToMs(parsePeriod(value)) < SHORTEST_LATENESS_MS) {
    return "is shorter than AWS Data Pipeline's minimum of 15 minutes. Penstock has no such limit";
  }
  if (isRegionList(definition.values ?? []) && !REGIONS.some((each) => each === value.trim().toLowerCase())) {
    return 'is a region that AWS Data Pipeline did not know';
  }
  return undefined;
}

function isRegionList(values: readonly string[]): boolean {
  return values === REGIONS;
}

/** `eu-south-2`, `us-gov-west-1`: regions that came after AWS's table, and those of S3-compatible servers like them. */
function isRegion(text: string): boolean {
  return /^[a-z]{2}(-[a-z]+){1,2}-\d$/.test(text);
}

/** The message that `read` throws, without the value that it begins with. */
function messageOf(
  kind: typeof DateTimeError | typeof PeriodError,
  read: () => unknown,
  value: string,
): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    const end = error.message.indexOf(`"${value}" `);
    return end === -1 ? error.message : error.message.slice(end + value.length + 3);
  }
}
