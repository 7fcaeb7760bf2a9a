import { sql, type RawBuilder } from 'kysely';
import { InvalidRequest } from '../../model/errors.js';
import { isTimeField, timeColumn, type SelectorCondition, type TimeField } from './object-condition.js';
import type { LedgerSphere } from './object-selector.js';
import { placeOfMarker } from './page-marker.js';

/** By which column the pages of a query follow each other; then by instance id and, in sphere ATTEMPT, number. */
export type PageOrder = TimeField | 'id';

/**
 * The order of a query's pages. AWS promises none, so each query has the one in which an index has its rows already: by the time
 * that it asks for, of several by the one whose span is the shortest. A page is then read from where the one before ended, whatever
 * the number of instances is. Attempts that are asked for by no time are in the order of their ids, and need no instance.
 */
export function orderOf(sphere: LedgerSphere, conditions: readonly SelectorCondition[]): PageOrder {
  const [shortest] = conditions
    .filter(({ fieldName }) => isTimeField(fieldName))
    .toSorted((left, right) => (left.spanMs ?? Infinity) - (right.spanMs ?? Infinity) || 0);
  if (shortest !== undefined && isTimeField(shortest.fieldName)) return shortest.fieldName;
  return sphere === 'ATTEMPT' && !asksInstance(conditions) ? 'id' : '@scheduledStartTime';
}

/** Fields of attempts that are columns of their instances. */
const OF_INSTANCES = new Set(['parent', '@componentParent', '@scheduledStartTime', '@scheduledEndTime']);

/** True when a query of attempts needs their instances. */
export function asksInstance(conditions: readonly SelectorCondition[]): boolean {
  return conditions.some(({ fieldName }) => OF_INSTANCES.has(fieldName));
}

/** The columns of an order, all of them of the same table where that can be: then an index has them. */
export interface OrderColumns {
  /** Absent in the order of ids. */
  readonly time?: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  /** Attempts only. */
  readonly number?: RawBuilder<unknown>;
}

/** The columns by which rows of `sphere` are ordered. */
export function orderColumns(sphere: LedgerSphere, order: PageOrder): OrderColumns {
  const time = order === 'id' ? {} : { time: timeColumn(sphere, order) };
  if (sphere === 'INSTANCE') return { ...time, id: sql`i.id` };
  const ofInstance = order === '@scheduledStartTime' || order === '@scheduledEndTime';
  return { ...time, id: ofInstance ? sql`i.id` : sql`a.instance_id`, number: sql`a.number` };
}

/** That a row comes after the place that a marker names. @throws InvalidRequest when it is the marker of another query. */
export function afterMarker(
  marker: string | undefined,
  order: PageOrder,
  { time, id, number }: OrderColumns,
): RawBuilder<boolean> {
  if (marker === undefined) return sql`true`;
  const place = placeOfMarker(marker);
  if (place.order !== order) {
    throw new InvalidRequest(
      `marker "${marker}" is of another query: expected the marker of the page before`,
    );
  }
  const columns = [...(time === undefined ? [] : [time]), id];
  const values = [...(time === undefined ? [] : [place.time]), place.id];
  const [left, right] = [sql.join(columns), sql.join(values)];
  if (number === undefined) return sql`(${left}) > (${right})`;
  // The first part is implied by the second, and can use an index that has no number.
  return sql`(${left}) >= (${right}) and (${left}, ${number}) > (${right}, ${place.number}::int)`;
}
