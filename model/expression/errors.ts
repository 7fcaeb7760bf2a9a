/** Widest excerpt that a message shows on either side of the place, in characters. */
const EXCERPT_CHARACTERS = 50;

/**
 * An expression that cannot be read or evaluated. The message says what is wrong, what was expected and where, with an
 * excerpt; `column` is the 1-based place in the whole text.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly column: number;

  constructor(
    /** The whole text of the field. */
    readonly text: string,
    /** 0-based offset of the place. */
    readonly offset: number,
    /** What is wrong and what was expected, without the place. */
    readonly problem: string,
    /** Where the text stands, for example `Object "Copy", field "filePath"`. */
    readonly owner?: string,
    /** False for secret fields: the message then quotes nothing of the text. */
    readonly quoted = true,
  ) {
    const place = placeOf(text, offset);
    const excerpt = quoted ? `\n${excerptOf(text, offset)}` : '';
    super(`${owner === undefined ? 'Expression' : `${owner}: expression`}, ${place}: ${problem}${excerpt}`);
    this.column = offset + 1;
  }

  /** The same error with the field it stands in; for a `*` field without a quotation of its text. */
  in(objectId: string, field: string): ExpressionError {
    if (this.owner !== undefined) return this;
    const owner = `Object "${objectId}", field "${field}"`;
    return new ExpressionError(this.text, this.offset, this.problem, owner, !field.startsWith('*'));
  }
}

function placeOf(text: string, offset: number): string {
  let line = 1;
  let lineStart = 0;
  // No split: a text of megabytes may have many errors.
  for (let i = 0; i < offset; i++) {
    if (text.charCodeAt(i) !== 10) continue;
    line++;
    lineStart = i + 1;
  }
  const column = `column ${offset - lineStart + 1}`;
  return text.includes('\n') ? `line ${line}, ${column}` : column;
}

/** The line around the place, and a caret under it. */
function excerptOf(text: string, offset: number): string {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const nextBreak = text.indexOf('\n', offset);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const from = Math.max(lineStart, offset - EXCERPT_CHARACTERS);
  const to = Math.min(lineEnd, offset + EXCERPT_CHARACTERS);
  const lead = from > lineStart ? '…' : '';
  const line = `${lead}${text.slice(from, to)}${to < lineEnd ? '…' : ''}`.replace(/[\t\r]/g, ' ');
  return `  ${line}\n  ${' '.repeat(lead.length + offset - from)}^`;
}
