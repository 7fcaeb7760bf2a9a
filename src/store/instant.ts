/**
 * PostgreSQL's text of a timestamptz (time zone UTC, DateStyle ISO) as ISO-8601: `2030-01-01T00:00:00Z`, with
 * milliseconds when there are any.
 * @throws when the text is not such an instant (`infinity`, another time zone): the store never writes these.
 */
export function instantOfTimestamptz(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (match === null) throw new Error(`Store: timestamptz "${text}" is not an instant in UTC`);
  const [, date, time, fraction] = match;
  const milliseconds = fraction?.padEnd(3, '0').slice(0, 3);
  return milliseconds === undefined || milliseconds === '000'
    ? `${date}T${time}Z`
    : `${date}T${time}.${milliseconds}Z`;
}
