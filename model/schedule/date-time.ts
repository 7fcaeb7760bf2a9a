/** A text that is not a DateTime of a definition. The message quotes it and says what was expected. */
export class DateTimeError extends Error {
  override readonly name = 'DateTimeError';

  constructor(
    readonly text: string,
    problem: string,
  ) {
    super(`"${text}" ${problem}`);
  }
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/;
const EXPECTED = 'expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00';

/**
 * The instant that `YYYY-MM-DDTHH:MM:SS` names, always UTC. Only real calendar dates: no 31 April, no 24:00:00.
 * Source: semantics.md 1, "DateTime"; no zone suffix there, so `Z` is refused.
 * @throws DateTimeError
 */
export function parseDateTime(text: string): Date {
  const match = DATE_TIME.exec(text);
  if (match === null) {
    const suffixed = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})$/.test(text);
    throw new DateTimeError(
      text,
      suffixed
        ? 'has a suffix: a DateTime has neither zone nor fraction, it is always UTC; expected YYYY-MM-DDTHH:MM:SS'
        : `is not a DateTime: ${EXPECTED}`,
    );
  }
  const instant = new Date(`${text}Z`);
  // Date carries 31 April over to 1 May (and refuses month 13): only what prints back is real.
  if (Number.isNaN(instant.getTime()) || match[1] === '0000' || formatDateTime(instant) !== text) {
    throw new DateTimeError(text, `is not a date of the calendar: ${EXPECTED}`);
  }
  return instant;
}

/** `YYYY-MM-DDTHH:MM:SS` in UTC: AWS's form of an instant. For years 1 to 9999. */
export function formatDateTime(instant: Date): string {
  return instant.toISOString().slice(0, 19);
}
