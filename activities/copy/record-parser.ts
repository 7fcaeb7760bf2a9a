import type { Dialect } from './dialect.js';

/** A record: its fields as latin1 text (one character a byte), null for NULL. */
export type RecordFields = readonly (string | null)[];

/** A record that does not follow its dialect. `index` counts from 0 within the text that was parsed. */
export class UnreadableRecord extends Error {
  constructor(
    readonly index: number,
    reason: string,
  ) {
    super(reason);
    this.name = 'UnreadableRecord';
  }
}

/**
 * Parses the complete records at the beginning of `text` and hands each to `onRecord`. Returns how many characters they
 * took; what is behind is the beginning of a record that goes on. With `isLast` the end of the text ends its last record.
 * @throws UnreadableRecord
 */
export function parseRecords(
  text: string,
  dialect: Dialect,
  isLast: boolean,
  onRecord: (fields: RecordFields) => void,
): number {
  const separator = dialect.columnSeparator.charCodeAt(0);
  const end = dialect.recordSeparator.charCodeAt(0);
  const escape = dialect.escape.charCodeAt(0);
  const { escapedLetters, acceptsQuotes, acceptsCarriageReturn, nullText } = dialect;
  const length = text.length;
  let index = 0;
  let consumed = 0;
  let fields: (string | null)[] = [];
  let position = 0;

  const unescaped = (character: string): string => escapedLetters?.[character] ?? character;

  while (position < length) {
    let value: string;
    let isNull = false;
    if (acceptsQuotes && text.charCodeAt(position) === QUOTE) {
      const quoted = readQuoted(position + 1);
      if (quoted === undefined) break;
      value = quoted;
    } else {
      const start = position;
      let plainFrom = start;
      let built = '';
      let code = -1;
      let at = start; // a local: `position` lives in a closure, which is several times slower in this loop
      for (; at < length; at++) {
        code = text.charCodeAt(at);
        if (code === separator || code === end) break;
        if (code !== escape) continue;
        if (at + 1 >= length) break;
        built += text.slice(plainFrom, at) + unescaped(text.charAt(at + 1));
        at += 1;
        plainFrom = at + 1;
      }
      const isComplete = at < length && (code === separator || code === end);
      if (!isComplete && !isLast) break;
      position = isComplete ? at : length; // an escape as the very last character stands for itself
      let valueEnd = position;
      if (
        acceptsCarriageReturn &&
        code === end &&
        valueEnd > plainFrom &&
        text.charCodeAt(valueEnd - 1) === CARRIAGE_RETURN
      ) {
        valueEnd -= 1;
      }
      value = built + text.slice(plainFrom, valueEnd);
      isNull = valueEnd - start === nullText.length && text.startsWith(nullText, start);
    }
    fields.push(isNull ? null : value);

    if (position >= length) {
      if (!isLast) break;
      finishRecord();
    } else if (text.charCodeAt(position) === end) {
      position += 1;
      finishRecord();
    } else {
      position += 1; // behind a column separator
      if (position >= length && isLast) {
        fields.push(nullText === '' ? null : '');
        finishRecord();
      }
    }
  }
  return consumed;

  function finishRecord(): void {
    onRecord(fields);
    fields = [];
    index += 1;
    consumed = position;
  }

  /** Reads from behind the opening quote; leaves `position` at the separator behind, undefined when it is not here yet. */
  function readQuoted(from: number): string | undefined {
    let built = '';
    let plainFrom = from;
    let at = from;
    while (at < length) {
      const code = text.charCodeAt(at);
      if (code === escape && at + 1 < length) {
        built += text.slice(plainFrom, at) + unescaped(text.charAt(at + 1));
        at += 2;
        plainFrom = at;
      } else if (code === QUOTE) {
        if (at + 1 >= length && !isLast) return undefined; // it may be doubled
        built += text.slice(plainFrom, at);
        if (text.charCodeAt(at + 1) === QUOTE) {
          built += '"';
          at += 2;
          plainFrom = at;
          continue;
        }
        at += 1;
        if (acceptsCarriageReturn && text.charCodeAt(at) === CARRIAGE_RETURN) {
          if (at + 1 >= length && !isLast) return undefined;
          if (at + 1 >= length || text.charCodeAt(at + 1) === end) at += 1;
        }
        const next = text.charCodeAt(at);
        if (at < length && next !== separator && next !== end) {
          throw new UnreadableRecord(
            index,
            `text follows the closing quote: ${utf8(text.slice(from - 1, at + 20))}`,
          );
        }
        position = at;
        return built;
      } else {
        at += 1;
      }
    }
    if (isLast)
      throw new UnreadableRecord(index, `a quote is not closed: ${utf8(text.slice(from - 1, from + 200))}`);
    return undefined;
  }
}

/** The text that latin1 characters stand for as bytes. */
export function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
