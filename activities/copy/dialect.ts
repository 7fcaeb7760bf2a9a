/**
 * How records are written as bytes. Everything that separates or escapes is one ASCII character, so that bytes can be
 * handled as latin1 text: each character is one byte, and bytes that are no ASCII (UTF-8 or not) pass as they are.
 */
export interface Dialect {
  readonly columnSeparator: string;
  readonly recordSeparator: string;
  /** The character that makes the next one literal. */
  readonly escape: string;
  /** Letters that stand for another character behind the escape: PostgreSQL's `\n`. */
  readonly escapedLetters?: Readonly<Record<string, string>>;
  /** What an unquoted field is when it is NULL. With '' an empty text is written as `""`. */
  readonly nullText: '' | '\\N';
  /** A field may be wrapped in double quotes on input; a double quote is then doubled or escaped. */
  readonly acceptsQuotes: boolean;
  /** A carriage return before the record separator belongs to it, on input. */
  readonly acceptsCarriageReturn: boolean;
}

/**
 * CSV: comma, not quoted, escaped by backslash, line feed. Source: semantics.md 13.
 * Our choices: on input, quoted fields and CR LF are read as well, because most CSV has them; NULL is an empty field, an
 * empty text is `""` (the one place where output is quoted), so that both come back as they were.
 */
export const CSV: Dialect = {
  columnSeparator: ',',
  recordSeparator: '\n',
  escape: '\\',
  nullText: '',
  acceptsQuotes: true,
  acceptsCarriageReturn: true,
};

/** TSV: tab, line feed, NULL as `\N`. Source: semantics.md 13. Our choice: escaped by backslash unless escapeChar says. */
export const TSV: Dialect = {
  columnSeparator: '\t',
  recordSeparator: '\n',
  escape: '\\',
  nullText: '\\N',
  acceptsQuotes: false,
  acceptsCarriageReturn: true,
};

/** PostgreSQL's text format of COPY, where a line is always one record. */
export function postgresText(columnSeparator: string): Dialect {
  return {
    columnSeparator,
    recordSeparator: '\n',
    escape: '\\',
    escapedLetters: { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
    nullText: '\\N',
    acceptsQuotes: false,
    acceptsCarriageReturn: false,
  };
}

/** True when records of both look the same byte for byte. */
export function isSameDialect(a: Dialect, b: Dialect): boolean {
  return (
    a.columnSeparator === b.columnSeparator &&
    a.recordSeparator === b.recordSeparator &&
    a.escape === b.escape &&
    a.nullText === b.nullText &&
    a.acceptsQuotes === b.acceptsQuotes &&
    (a.escapedLetters === undefined) === (b.escapedLetters === undefined)
  );
}
