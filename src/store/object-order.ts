import { sql, type RawBuilder } from 'kysely';
import { InvalidRequest } from '../../model/errors.js';
import {
  isTimeField,
  START_IN_ID,
  textInId,
  timeColumn,
  type SelectorCondition,
  type TimeField,
} from './object-condition.js';
import type { LedgerSphere } from './object-selector.js';
import { placeOfMarker } from './page-marker.js';

/** By which column the pages of a query follow each other; then by instance id and, in sphere ATTEMPT, number. */
export type PageOrder = TimeField | 'id';

/** Fields that hold times, those first whose index has the others too (migration 0015). */
const BY_INDEX: readonly PageOrder[] = [
  '@actualEndTime',
  '@actualStartTime',
  '@scheduledEndTime',
  '@scheduledStartTime',
];

/** Spans are alike when the longer one is at most so many of the shorter: a row that is passed over in the index costs a quarter of one that is read. */
const ALIKE = 4;

/**
 * The order of a query's pages. AWS promises none, so each query has the one in which an index has its rows already: by the time
 * that it asks for, of several by the one whose span is the shortest, of spans that are alike by the one whose index has the other
 * times too. A page is then read from where the one before ended, whatever the number of instances is, and where times exclude each
 * other no row is looked at for it. Attempts of which neither time nor status is asked are in the order of their ids.
 */
export function orderOf(sphere: LedgerSphere, conditions: readonly SelectorCondition[]): PageOrder {
  const times = conditions.filter(({ fieldName }) => isTimeField(fieldName));
  const shortestMs = Math.min(...times.map(({ spanMs = Infinity }) => spanMs));
  const alike = times.filter(({ spanMs = Infinity }) => spanMs <= ALIKE * shortestMs);
  const order = BY_INDEX.find((field) => alike.some(({ fieldName }) => fieldName === field));
  if (order !== undefined) return order;
  const isOfAttempts =
    sphere === 'ATTEMPT' && !conditions.some(({ fieldName }) => OF_INSTANCES.has(fieldName));
  return isOfAttempts && !asksStatus(conditions) ? 'id' : '@scheduledStartTime';
}

/** Fields of attempts that are columns of their instances alone. */
const OF_INSTANCES = new Set(['parent', '@componentParent', '@scheduledEndTime']);

/**
 * True when a query of attempts needs their instances. The scheduled start is in the id too: attempts of a status have an index by
 * that, and beside another order it is read there. Alone it is found by instances only.
 */
export function asksInstance(conditions: readonly SelectorCondition[], order: PageOrder): boolean {
  if (conditions.some(({ fieldName }) => OF_INSTANCES.has(fieldName))) return true;
  return order === '@scheduledStartTime' && !asksStatus(conditions);
}

function asksStatus(conditions: readonly SelectorCondition[]): boolean {
  return conditions.some(({ fieldName }) => fieldName === '@status');
}

/** The columns of an order, all of them of the same table where that can be: then an index has them. */
export interface OrderColumns {
  /** Absent in the order of ids. */
  readonly time?: RawBuilder<unknown>;
  /** `time` is the text that ids have, no instant. */
  readonly timeIsText?: boolean;
  readonly id: RawBuilder<unknown>;
  /** Attempts only. */
  readonly number?: RawBuilder<unknown>;
}

/** The columns by which rows of `sphere` are ordered; `joined`: attempts with their instances. */
export function orderColumns(sphere: LedgerSphere, order: PageOrder, joined: boolean): OrderColumns {
  if (sphere === 'ATTEMPT' && order === '@scheduledStartTime' && !joined)
    return { time: START_IN_ID, timeIsText: true, id: sql`a.instance_id`, number: sql`a.number` };
  const time = order === 'id' ? {} : { time: timeColumn(sphere, order) };
  if (sphere === 'INSTANCE') return { ...time, id: sql`i.id` };
  const ofInstance = order === '@scheduledStartTime' || order === '@scheduledEndTime';
  return { ...time, id: ofInstance ? sql`i.id` : sql`a.instance_id`, number: sql`a.number` };
}

/** That a row comes after the place that a marker names. @throws InvalidRequest when it is the marker of another query. */
export function afterMarker(
  marker: string | undefined,
  order: PageOrder,
  { time, timeIsText = false, id, number }: OrderColumns,
): RawBuilder<boolean> {
  if (marker === undefined) return sql`true`;
  const place = placeOfMarker(marker);
  if (place.order !== order) {
    throw new InvalidRequest(
      `marker "${marker}" is of another query: expected the marker of the page before`,
    );
  }
  const columns = [...(time === undefined ? [] : [time]), id];
  const placeTime = timeIsText ? textInId(place.time) : place.time;
  const values = [...(time === undefined ? [] : [placeTime]), place.id];
  const [left, right] = [sql.join(columns), sql.join(values)];
  if (number === undefined) return sql`(${left}) > (${right})`;
  // The first part is implied by the second, and can use an index that has no number.
  return sql`(${left}) >= (${right}) and (${left}, ${number}) > (${right}, ${place.number}::int)`;
}
