import { ExpressionError } from './errors.js';

/** Smallest piece of an expression. `end` is the offset behind it. */
export type Token =
  | {
      readonly kind: 'number' | 'string' | 'name';
      readonly value: string;
      readonly at: number;
      readonly end: number;
    }
  | { readonly kind: 'symbol'; readonly value: Punctuation; readonly at: number; readonly end: number }
  | { readonly kind: 'end'; readonly value: ''; readonly at: number; readonly end: number };

type Punctuation = '#{' | '}' | '(' | ')' | ',' | '.' | '+' | '-' | '*' | '/' | '^';

const BLANKS = ' \t\r\n\u00a0';
const NUMBER = /\d+(?:\.\d+)?|\.\d+/y;
const NAME = /@?[\p{L}_][\p{L}\p{N}_]*/uy;
const SYMBOL = /#\{|[}(),.+\-*/^]/y;

/**
 * The token at or behind `offset` of `text`.
 * @param afterOperand true when a point is a member access (`a.5` is an error), not the start of `.5`
 * @throws ExpressionError
 */
export function readToken(text: string, offset: number, afterOperand: boolean): Token {
  const at = behindBlanks(text, offset);
  if (at >= text.length) return { kind: 'end', value: '', at: text.length, end: text.length };
  const first = text[at] ?? '';
  if (first === "'" || first === '"') return readString(text, at, first);
  // What a token begins with decides which pattern is tried: texts of megabytes are read too.
  const mayBeNumber = isDigit(first) || (first === '.' && !afterOperand);
  const number = mayBeNumber ? matchAt(NUMBER, text, at) : undefined;
  if (number !== undefined) {
    const end = at + number.length;
    if (mayBeginName(text[end] ?? '') && matchAt(NAME, text, end) !== undefined) {
      throw new ExpressionError(text, at, `a name cannot begin with a digit: "${excerpt(text, at)}"`);
    }
    return { kind: 'number', value: number, at, end };
  }
  const name = mayBeginName(first) ? matchAt(NAME, text, at) : undefined;
  if (name !== undefined) return { kind: 'name', value: name, at, end: at + name.length };
  const symbol = matchAt(SYMBOL, text, at);
  if (symbol !== undefined)
    return { kind: 'symbol', value: symbol as Punctuation, at, end: at + symbol.length };
  throw new ExpressionError(text, at, unknownCharacter(text, at));
}

/** The name that begins exactly at `offset` (no blanks before it), for `*password`. */
export function readAdjacentName(text: string, offset: number): string | undefined {
  return matchAt(NAME, text, offset);
}

/**
 * `'…'` or `"…"`. The quote is written inside by doubling it or behind a backslash; a backslash before anything else
 * stands for itself. Our choice: the documents show neither.
 */
function readString(text: string, at: number, quote: string): Token {
  const pieces: string[] = [];
  let from = at + 1;
  for (let i = from; i < text.length; i++) {
    const character = text[i];
    const next = text[i + 1];
    const escapes = character === '\\' && (next === "'" || next === '"' || next === '\\');
    if (escapes || (character === quote && next === quote)) {
      pieces.push(text.slice(from, i), next ?? '');
      from = i + 2;
      i++;
    } else if (character === quote) {
      pieces.push(text.slice(from, i));
      return { kind: 'string', value: pieces.join(''), at, end: i + 1 };
    }
  }
  throw new ExpressionError(text, at, `the string that begins here has no end: expected a closing ${quote}`);
}

/** The offset of the next character that is no blank. */
function behindBlanks(text: string, offset: number): number {
  let at = offset;
  while (BLANKS.includes(text[at] ?? 'x')) at++;
  return at;
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

/** False for the ASCII characters that no name begins with. */
function mayBeginName(character: string): boolean {
  return (
    (character >= 'a' && character <= 'z') ||
    (character >= '@' && character <= 'Z') ||
    character === '_' ||
    character > '\u007f'
  );
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

function excerpt(text: string, at: number): string {
  return text.slice(at, at + 12).split(/[\s}]/)[0] ?? '';
}

function unknownCharacter(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (/[\u2018\u2019\u201c\u201d]/.test(character)) {
    return `a typographic quote ${character} cannot delimit a string: expected ' or "`;
  }
  if (character === '$')
    return '"$" is not part of an expression: ${…} is resolved by the worker, outside #{…}';
  return `"${character}" is not part of the expression language: expected a name, number, string, operator or "}"`;
}
