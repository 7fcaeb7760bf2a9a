/** `08:12:03` on the day of `now`, else with its date: UTC, as AWS writes it. */
export function timeText(instant: string, now: Date): string {
  const text = new Date(instant).toISOString().slice(0, 19);
  return text.startsWith(now.toISOString().slice(0, 10)) ? text.slice(11) : text;
}

/** `10 minutes`, in the largest unit that divides it. */
export function durationText(ms: number): string {
  for (const [name, size] of UNITS) if (ms >= size && ms % size === 0) return counted(ms / size, name);
  return `${ms} ms`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `1 attempt`, `3 attempts`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** A message inside a sentence: one line, not too long, without its full stop. */
export function short(message: string): string {
  const line = message.trim().replaceAll(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line.replace(/\.$/, '');
}

const LONGEST = 200;

/** `CommandFailed: exit status 1`, or what is known of it. */
export function errorText(errorId: string | undefined, message: string | undefined): string {
  return [errorId, message === undefined ? undefined : short(message)]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}

/** `"a", "b" and 3 more`. */
export function quotedList(names: readonly string[], most = 8): string {
  const shown = names
    .slice(0, most)
    .map((name) => `"${name}"`)
    .join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
