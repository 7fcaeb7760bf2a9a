/** Stands for any text, also none. Two characters, so that it equals no unit of a text. */
const ANY = '**';
/** Stands for any one character. */
const ONE = '??';

/** A pattern, in the units that `matches` compares. */
export type Pattern = readonly string[];

/** The pattern of a text in which `*` stands for any text and `?` for any one character. */
export function patternOf(text: string): Pattern {
  return Array.from({ length: text.length }, (_, at) => text[at] ?? '').map((unit) =>
    unit === '*' ? ANY : unit === '?' ? ONE : unit,
  );
}

/** The pattern that only `text` itself is of, whatever characters it has. */
export function literalOf(text: string): Pattern {
  return Array.from({ length: text.length }, (_, at) => text[at] ?? '');
}

/** Whether a text is of a pattern. Takes no more than |pattern|·|text| steps, so that no policy can hold up a server. */
export function matches(pattern: Pattern, text: string): boolean {
  let [p, t, star, retry] = [0, 0, -1, 0];
  while (t < text.length) {
    const unit = pattern[p];
    if (unit === ANY) {
      star = p++;
      retry = t;
    } else if (unit === ONE || unit === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[p] === ANY) p++;
  return p === pattern.length;
}
