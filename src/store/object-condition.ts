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
}

/** The condition of a selector. Source: api.md 2.2. @throws InvalidRequest for a field, an operator or a number of values that is not allowed. */
export function conditionOf(sphere: LedgerSphere, selector: ObjectSelector): SelectorCondition {
  const { fieldName, type, values } = selector;
  const texts = TEXT_FIELDS[sphere];
  if (isTimeField(fieldName)) return timeCondition(timeColumn(sphere, fieldName), selector);
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

function timeCondition(column: Column, selector: ObjectSelector): SelectorCondition {
  const { fieldName, type, values } = selector;
  const spans = values.map((value) => spanOfPrefix(fieldName, value));
  const [first, second] = spans;
  const within = ({ from, before }: InstantSpan): Condition =>
    sql`(${column} >= ${from} and ${column} < ${before})`;
  switch (type) {
    case 'EQ': {
      if (first === undefined) throw wrongCount(selector, 'at least one');
      const all = disjointSpans(spans);
      const spanMs = all.reduce((sum, span) => sum + lengthMs(span), 0);
      return { fieldName, alternatives: all.map(within), spanMs };
    }
    case 'LE':
      if (first === undefined || spans.length !== 1) throw wrongCount(selector, 'one');
      return { fieldName, alternatives: [sql`${column} < ${first.before}`], spanMs: Infinity };
    case 'GE':
      if (first === undefined || spans.length !== 1) throw wrongCount(selector, 'one');
      return { fieldName, alternatives: [sql`${column} >= ${first.from}`], spanMs: Infinity };
    case 'BETWEEN': {
      if (first === undefined || second === undefined || spans.length !== 2) {
        throw wrongCount(selector, 'two');
      }
      const span = { from: first.from, before: second.before };
      return { fieldName, alternatives: [within(span)], spanMs: lengthMs(span) };
    }
    case 'REF_EQ':
      throw unfitOperator(selector, 'EQ, LE, GE or BETWEEN');
  }
}

function lengthMs({ from, before }: InstantSpan): number {
  return Date.parse(before) - Date.parse(from);
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
