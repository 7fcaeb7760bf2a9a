import { InvalidRequest } from '../../model/errors.js';

/** Half-open span of instants, ISO-8601. */
export interface InstantSpan {
  readonly from: string;
  readonly before: string;
}

const PREFIX =
  /^(?<year>\d{4})(?:-(?<month>\d\d)(?:-(?<day>\d\d)(?:[T ](?<hour>\d\d)(?::(?<minute>\d\d)(?::(?<second>\d\d)(?:\.\d{1,9})?)?)?Z?)?)?)?$/;

/**
 * The instants whose UTC text begins with `text`: `2013-09-02` is that day, `2013-09-02T10:00:00` that second.
 * Source: api.md 2.2 (times compare as text, dates alone are allowed). @throws InvalidRequest
 */
export function spanOfPrefix(fieldName: string, text: string): InstantSpan {
  const parts = PREFIX.exec(text)?.groups;
  if (parts === undefined) throw notAnInstant(fieldName, text);
  const given = [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second]
    .filter((part) => part !== undefined)
    .map(Number);
  const from = utc(given);
  // Date.UTC rolls over: February 30 would be March 1.
  const back = [
    from.getUTCFullYear(),
    from.getUTCMonth() + 1,
    from.getUTCDate(),
    from.getUTCHours(),
    from.getUTCMinutes(),
    from.getUTCSeconds(),
  ];
  if (given.some((value, place) => value !== back[place])) throw notAnInstant(fieldName, text);
  const before = utc(given.map((value, place) => (place === given.length - 1 ? value + 1 : value)));
  return { from: from.toISOString(), before: before.toISOString() };
}

/** The spans in order, those that overlap or touch as one. */
export function disjointSpans(spans: readonly InstantSpan[]): InstantSpan[] {
  const disjoint: InstantSpan[] = [];
  for (const span of spans.toSorted((left, right) => Date.parse(left.from) - Date.parse(right.from))) {
    const last = disjoint.at(-1);
    if (last === undefined || Date.parse(span.from) > Date.parse(last.before)) disjoint.push(span);
    else if (Date.parse(span.before) > Date.parse(last.before)) {
      disjoint.splice(-1, 1, { from: last.from, before: span.before });
    }
  }
  return disjoint;
}

function utc([year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0]: readonly number[]): Date {
  const date = new Date(0);
  // Not Date.UTC: it reads the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  return date;
}

function notAnInstant(fieldName: string, text: string): InvalidRequest {
  return new InvalidRequest(
    `query: value "${text}" of ${fieldName} is not a time: expected YYYY-MM-DDTHH:MM:SS in UTC, or a beginning of it`,
  );
}
