import { sql, type RawBuilder } from 'kysely';
import { InvalidRequest } from '../../model/errors.js';
import { statusesCalled } from '../../model/instance/status.js';
import { isOneOfAttempts } from './attempt-id.js';
import { disjointSpans, spanOfPrefix, type InstantSpan } from './instant-prefix.js';
import type { LedgerSphere, ObjectSelector } from './object-selector.js';

export type Condition = RawBuilder<boolean>;
type Column = RawBuilder<unknown>;

/** The fields that hold times, and the order that a query by one of them is paged in (object-order.ts). */
export type TimeField = '@scheduledStartTime' | '@scheduledEndTime' | '@actualStartTime' | '@actualEndTime';

/**
 * What a selector asks of the rows `i` (instances) and, in sphere ATTEMPT, `a` (attempts): that any of `alternatives` holds, of
 * which no row fulfils two. A null column never matches.
 */
export interface SelectorCondition {
  readonly fieldName: string;
  readonly alternatives: readonly Condition[];
  /** Of fields that hold times: how long the time is that is asked for, in milliseconds; of an open one Infinity. */
  readonly spanMs?: number;
  /** Of the scheduled start of attempts: the same as `alternatives`, of the rows `a` alone. */
  readonly ofAttempt?: readonly Condition[];
}

/** The condition of a selector. Source: api.md 2.2. @throws InvalidRequest for a field, an operator or a number of values that is not allowed. */
export function conditionOf(sphere: LedgerSphere, selector: ObjectSelector): SelectorCondition {
  const { fieldName, type, values } = selector;
  const texts = TEXT_FIELDS[sphere];
  if (isTimeField(fieldName)) return timeCondition(sphere, { ...selector, fieldName });
  if (!Object.hasOwn(texts, fieldName) && fieldName !== '@sphere') {
    throw new InvalidRequest(
      `query: field "${fieldName}" cannot be queried: expected one of ${QUERYABLE_FIELDS.join(', ')}`,
    );
  }
  if (type !== 'EQ' && type !== 'REF_EQ') throw unfitOperator(selector, 'EQ or REF_EQ');
  if (type === 'REF_EQ' && !REFERENCE_FIELDS.includes(fieldName)) throw unfitOperator(selector, 'EQ');
  if (values.length === 0) throw wrongCount(selector, 'at least one');
  if (fieldName === '@sphere') {
    return { fieldName, alternatives: [values.includes(sphere) ? sql`true` : sql`false`] };
  }
  if (fieldName === 'name' && sphere === 'ATTEMPT') {
    return { fieldName, alternatives: [isOneOfAttempts(values)] };
  }
  const wanted = [...new Set(fieldName === '@status' ? values.flatMap(statusesCalled) : values)];
  const column = texts[fieldName] ?? NEVER;
  if (fieldName === 'name' || fieldName === '@instanceParent') {
    return { fieldName, alternatives: [sql`${column} = any(${wanted}::text[])`] };
  }
  return { fieldName, alternatives: wanted.map((value): Condition => sql`${column} = ${value}`) };
}

const NEVER: Column = sql`null`;

// Our choice: `name` of an instance or attempt is its id. Source: semantics.md 5 leaves it open.
const TEXT_FIELDS: Record<LedgerSphere, Readonly<Record<string, Column>>> = {
  INSTANCE: {
    name: sql`i.id`,
    parent: sql`i.component_id`,
    '@componentParent': sql`i.component_id`,
    '@instanceParent': NEVER,
    '@status': sql`i.status`,
  },
  ATTEMPT: {
    // By its two parts, so that the primary key finds it.
    name: NEVER,
    parent: sql`i.component_id`,
    '@componentParent': sql`i.component_id`,
    '@instanceParent': sql`a.instance_id`,
    '@status': sql`a.status`,
  },
};

const TIME_FIELDS: Record<LedgerSphere, Readonly<Record<TimeField, Column>>> = {
  INSTANCE: {
    '@scheduledStartTime': sql`i.scheduled_start`,
    '@scheduledEndTime': sql`i.scheduled_end`,
    '@actualStartTime': sql`i.actual_start`,
    '@actualEndTime': sql`i.actual_end`,
  },
  ATTEMPT: {
    '@scheduledStartTime': sql`i.scheduled_start`,
    '@scheduledEndTime': sql`i.scheduled_end`,
    '@actualStartTime': sql`a.actual_start`,
    '@actualEndTime': sql`a.actual_end`,
  },
};

/** True for the fields that hold times. */
export function isTimeField(fieldName: string): fieldName is TimeField {
  return Object.hasOwn(TIME_FIELDS.INSTANCE, fieldName);
}

/** The column of a field that holds times. */
export function timeColumn(sphere: LedgerSphere, fieldName: TimeField): Column {
  return TIME_FIELDS[sphere][fieldName];
}

const REFERENCE_FIELDS = ['parent', '@componentParent', '@instanceParent'];
const QUERYABLE_FIELDS = [
  '@sphere',
  ...Object.keys(TEXT_FIELDS.INSTANCE),
  ...Object.keys(TIME_FIELDS.INSTANCE),
];

function timeCondition(
  sphere: LedgerSphere,
  selector: ObjectSelector & { readonly fieldName: TimeField },
): SelectorCondition {
  const { fieldName } = selector;
  const spans = spansOf(selector);
  const column = timeColumn(sphere, fieldName);
  const spanMs = spans.reduce((sum, span) => sum + lengthMs(span), 0);
  const condition = {
    fieldName,
    spanMs,
    alternatives: spans.map((span) => within(column, spanIn(timestamp, span))),
  };
  if (sphere === 'INSTANCE') return condition;
  switch (fieldName) {
    case '@scheduledStartTime':
      return { ...condition, ofAttempt: spans.map((span) => within(START_IN_ID, spanIn(textInId, span))) };
    case '@scheduledEndTime':
      return { ...condition, alternatives: condition.alternatives.map(startedBefore(spans)) };
    default:
      return condition;
  }
}

/** What ended before had started before: that the attempts' index has, too, so that no instance is read where that is not so. */
function startedBefore(spans: readonly Partial<InstantSpan>[]) {
  return (alternative: Condition, at: number): Condition => {
    const before = spans[at]?.before;
    return before === undefined
      ? alternative
      : sql`(${alternative} and ${START_IN_ID} < ${textInId(before)})`;
  };
}

/** Any of the spans; an end that is absent is open. */
function spansOf(selector: ObjectSelector): readonly Partial<InstantSpan>[] {
  const { fieldName, type, values } = selector;
  const spans = values.map((value) => spanOfPrefix(fieldName, value));
  const [first, second] = spans;
  switch (type) {
    case 'EQ':
      if (first === undefined) throw wrongCount(selector, 'at least one');
      return disjointSpans(spans);
    case 'LE':
      if (first === undefined || spans.length !== 1) throw wrongCount(selector, 'one');
      return [{ before: first.before }];
    case 'GE':
      if (first === undefined || spans.length !== 1) throw wrongCount(selector, 'one');
      return [{ from: first.from }];
    case 'BETWEEN':
      if (first === undefined || second === undefined || spans.length !== 2)
        throw wrongCount(selector, 'two');
      return [{ from: first.from, before: second.before }];
    case 'REF_EQ':
      throw unfitOperator(selector, 'EQ, LE, GE or BETWEEN');
  }
}

function within(column: Column, { from, before }: Partial<InstantSpan>): Condition {
  if (from === undefined) return sql`${column} < ${before}`;
  if (before === undefined) return sql`${column} >= ${from}`;
  return sql`(${column} >= ${from} and ${column} < ${before})`;
}

/** The span in the texts that a column is compared with. */
function spanIn(
  textOf: (instant: string) => string,
  { from, before }: Partial<InstantSpan>,
): Partial<InstantSpan> {
  return {
    ...(from === undefined ? {} : { from: textOf(from) }),
    ...(before === undefined ? {} : { before: textOf(before) }),
  };
}

/** An instant as PostgreSQL takes it, which knows no year 0 and no sign before a year. */
function timestamp(instant: string): string {
  if (instant.startsWith('+')) return 'infinity';
  return instant.startsWith('0000') ? '-infinity' : instant;
}

function lengthMs({ from, before }: Partial<InstantSpan>): number {
  return from === undefined || before === undefined ? Infinity : Date.parse(before) - Date.parse(from);
}

/** The scheduled start of an attempt, as the end of its instance's id has it (model/instance/ids.ts). An index has it: 0015. */
export const START_IN_ID: Column = sql`right(a.instance_id, 19)`;

/** An instant as ids have it. */
export function textInId(instant: string): string {
  // Beyond the year 9999 it begins with a sign.
  return instant.startsWith('+') ? '9999-12-31T23:59:60' : instant.slice(0, 19);
}

function unfitOperator({ fieldName, type }: ObjectSelector, expected: string): InvalidRequest {
  return new InvalidRequest(
    `query: operator "${type}" does not fit field ${fieldName}: expected ${expected}`,
  );
}

function wrongCount({ fieldName, type, values }: ObjectSelector, expected: string): InvalidRequest {
  return new InvalidRequest(
    `query: ${type} on ${fieldName} has ${values.length} values: expected ${expected}`,
  );
}
