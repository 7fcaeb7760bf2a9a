import type { Dialect } from './dialect.js';
import type { RecordFields } from './record-parser.js';

/** Writes one record in a dialect, with its separator at the end, as latin1 text. */
export type RecordFormatter = (fields: RecordFields) => string;

/** A formatter of `dialect`. */
export function recordFormatter(dialect: Dialect): RecordFormatter {
  const { columnSeparator, recordSeparator, escape, escapedLetters, nullText, acceptsQuotes } = dialect;
  const letters = new Map(
    Object.entries(escapedLetters ?? {}).map(([letter, character]) => [character, letter]),
  );
  // A carriage return is escaped wherever a reader may take it for part of a line end.
  const special = new RegExp(
    `[${[columnSeparator, recordSeparator, escape, '\n', '\r'].map(inClass).join('')}]`,
  );
  const allSpecial = new RegExp(special, 'g');
  const escaped = (character: string): string => escape + (letters.get(character) ?? character);
  const emptyText = nullText === '' ? '""' : '';

  return (fields) => {
    let line = '';
    for (let column = 0; column < fields.length; column++) {
      if (column > 0) line += columnSeparator;
      const value = fields[column] ?? null;
      if (value === null) {
        line += nullText;
      } else if (value === '') {
        line += emptyText;
      } else {
        if (acceptsQuotes && value.charCodeAt(0) === 0x22) line += escape;
        line += special.test(value) ? value.replace(allSpecial, escaped) : value;
      }
    }
    return line + recordSeparator;
  };
}

function inClass(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
