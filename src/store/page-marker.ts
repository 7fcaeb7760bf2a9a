import { InvalidRequest } from '../../model/errors.js';

/** The last row of a page. */
export interface PagePlace {
  /** By what the pages are ordered: `id`, or the field that holds the time. */
  readonly order: string;
  /** ISO-8601 with all digits that the store has; '' in the order of ids. */
  readonly time: string;
  readonly id: string;
  /** Of an attempt; 0 for instances. */
  readonly number: number;
}

/** The place as a marker: opaque to clients. */
export function markerOf({ order, time, id, number }: PagePlace): string {
  return Buffer.from(JSON.stringify([order, time, id, number])).toString('base64url');
}

/** The place that a marker names. @throws InvalidRequest when it is none of ours. */
export function placeOfMarker(marker: string): PagePlace {
  const [order, time, id, number] = parse(Buffer.from(marker, 'base64url').toString());
  if (
    typeof order !== 'string' ||
    typeof time !== 'string' ||
    (order === 'id' ? time !== '' : !isInstant(time)) ||
    typeof id !== 'string' ||
    !isText(id) ||
    typeof number !== 'number' ||
    !Number.isInteger(number) ||
    number < 0 ||
    number >= 2 ** 31
  ) {
    throw new InvalidRequest(`marker "${marker}" is not valid: expected the marker of the page before`);
  }
  return { order, time, id, number };
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** What PostgreSQL takes as text: no NUL, no half of a surrogate pair. */
function isText(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
