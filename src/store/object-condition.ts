import { sql, type RawBuilder } from 'kysely';
import { InvalidRequest } from '../../model/errors.js';
import { statusesCalled } from '../../model/instance/status.js';
import { isOneOfAttempts } from './attempt-id.js';
import { spanOfPrefix } from './instant-prefix.js';
import type { LedgerSphere, ObjectSelector } from './object-selector.js';

type Condition = RawBuilder<boolean>;
type Column = RawBuilder<unknown>;

/**
 * What a selector asks of the rows `i` (instances) and, in sphere ATTEMPT, `a` (attempts). A null column never matches.
 * Source: api.md 2.2. @throws InvalidRequest for a field, an operator or a number of values that is not allowed.
 */
export function conditionOf(sphere: LedgerSphere, selector: ObjectSelector): Condition {
  const { fieldName, type, values } = selector;
  const times = TIME_FIELDS[sphere];
  const texts = TEXT_FIELDS[sphere];
  if (Object.hasOwn(times, fieldName)) return timeCondition(times[fieldName] ?? NEVER, selector);
  if (!Object.hasOwn(texts, fieldName) && fieldName !== '@sphere') {
    throw new InvalidRequest(
      `query: field "${fieldName}" cannot be queried: expected one of ${QUERYABLE_FIELDS.join(', ')}`,
    );
  }
  if (type !== 'EQ' && type !== 'REF_EQ') throw unfitOperator(selector, 'EQ or REF_EQ');
  if (type === 'REF_EQ' && !REFERENCE_FIELDS.includes(fieldName)) throw unfitOperator(selector, 'EQ');
  if (values.length === 0) throw wrongCount(selector, 'at least one');
  if (fieldName === '@sphere') return values.includes(sphere) ? sql`true` : sql`false`;
  if (fieldName === 'name' && sphere === 'ATTEMPT') return isOneOfAttempts(values);
  const wanted = fieldName === '@status' ? values.flatMap(statusesCalled) : [...values];
  return sql`${texts[fieldName] ?? NEVER} = any(${wanted}::text[])`;
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

const TIME_FIELDS: Record<LedgerSphere, Readonly<Record<string, Column>>> = {
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

const REFERENCE_FIELDS = ['parent', '@componentParent', '@instanceParent'];
const QUERYABLE_FIELDS = [
  '@sphere',
  ...Object.keys(TEXT_FIELDS.INSTANCE),
  ...Object.keys(TIME_FIELDS.INSTANCE),
];

function timeCondition(column: Column, selector: ObjectSelector): Condition {
  const { fieldName, type, values } = selector;
  const spans = values.map((value) => spanOfPrefix(fieldName, value));
  const [first, second] = spans;
  switch (type) {
    case 'EQ':
      if (first === undefined) throw wrongCount(selector, 'at least one');
      return sql`(${sql.join(
        spans.map(({ from, before }) => sql`(${column} >= ${from} and ${column} < ${before})`),
        sql` or `,
      )})`;
    case 'LE':
      if (first === undefined || spans.length !== 1) throw wrongCount(selector, 'one');
      return sql`${column} < ${first.before}`;
    case 'GE':
      if (first === undefined || spans.length !== 1) throw wrongCount(selector, 'one');
      return sql`${column} >= ${first.from}`;
    case 'BETWEEN':
      if (first === undefined || second === undefined || spans.length !== 2)
        throw wrongCount(selector, 'two');
      return sql`(${column} >= ${first.from} and ${column} < ${second.before})`;
    case 'REF_EQ':
      throw unfitOperator(selector, 'EQ, LE, GE or BETWEEN');
  }
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
