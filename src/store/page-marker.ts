import { InvalidRequest } from '../../model/errors.js';

/** The last row of a page, in the order of pages: scheduled start, instance id, attempt number (0 for instances). */
export interface PagePlace {
  readonly scheduledStart: string;
  readonly id: string;
  readonly number: number;
}

/** The place as a marker: opaque to clients. */
export function markerOf({ scheduledStart, id, number }: PagePlace): string {
  return Buffer.from(JSON.stringify([scheduledStart, id, number])).toString('base64url');
}

/** The place that a marker names. @throws InvalidRequest when it is none of ours. */
export function placeOfMarker(marker: string): PagePlace {
  const parts = parse(Buffer.from(marker, 'base64url').toString());
  const [scheduledStart, id, number] = parts;
  if (
    typeof scheduledStart !== 'string' ||
    !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(scheduledStart) ||
    Number.isNaN(Date.parse(scheduledStart)) ||
    typeof id !== 'string' ||
    typeof number !== 'number' ||
    !Number.isInteger(number)
  ) {
    throw new InvalidRequest(`marker "${marker}" is not valid: expected the marker of the page before`);
  }
  return { scheduledStart, id, number };
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
