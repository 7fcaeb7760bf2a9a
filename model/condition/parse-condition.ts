import { ExpressionError } from '../expression/errors.js';
import { didYouMean } from '../expression/suggest.js';
import type { Condition } from './condition.js';

/** A condition and the ids in it, with their places in the text. */
export interface ParsedCondition {
  readonly condition: Condition;
  readonly names: readonly { readonly id: string; readonly at: number }[];
}

const FUNCTIONS = ['succeeded', 'failed', 'skipped', 'always'] as const;
const EXPECTED = 'expected succeeded(), failed(), skipped() or always(), joined by and, or, not';
/** Deepest nesting of parentheses and `not`. Our choice. */
const DEEPEST = 50;

/**
 * Reads a condition: `succeeded()`, `failed('Load')`, `skipped('A', 'B')`, `always()`, joined by `and`, `or`, `not` and
 * parentheses; `not` binds tightest, `or` loosest. Ids stand in quotes, a quote inside is doubled. Our choice: what CI
 * systems write. @throws ExpressionError with the place.
 */
export function parseCondition(text: string): ParsedCondition {
  const names: { id: string; at: number }[] = [];
  let token = readToken(text, 0);
  const condition = disjunction(0);
  if (token.kind !== 'end') throw unexpected('expected and, or, or the end');
  return { condition, names };

  function disjunction(depth: number): Condition {
    return joined('or', depth, () => joined('and', depth, () => operand(depth)));
  }

  function joined(kind: 'and' | 'or', depth: number, next: () => Condition): Condition {
    const operands: Condition[] = [];
    for (let more = true; more; more = takes('word', kind)) {
      const each = next();
      // One by one: there may be more than a call takes as arguments.
      if (each.kind === kind) for (const inner of each.operands) operands.push(inner);
      else operands.push(each);
    }
    const [only] = operands;
    return operands.length === 1 && only !== undefined ? only : { kind, operands };
  }

  function operand(depth: number): Condition {
    if (depth > DEEPEST)
      throw new ExpressionError(text, token.at, `nested deeper than ${DEEPEST} levels: expected fewer`);
    if (takes('word', 'not')) return { kind: 'not', operand: operand(depth + 1) };
    if (!takes('symbol', '(')) return call();
    const inner = disjunction(depth + 1);
    if (!takes('symbol', ')')) throw unexpected('expected and, or, or ")"');
    return inner;
  }

  function call(): Condition {
    const { at, value } = token;
    const kind = token.kind === 'word' ? FUNCTIONS.find((name) => name === value) : undefined;
    if (kind === undefined) throw unexpected(EXPECTED, FUNCTIONS);
    advance();
    if (!takes('symbol', '(')) {
      throw new ExpressionError(text, at, `"${kind}" stands without parentheses: expected ${kind}()`);
    }
    const ids = takes('symbol', ')') ? [] : someIds();
    if (kind !== 'always') return { kind, ids };
    if (ids.length > 0) throw new ExpressionError(text, at, 'always() takes no ids: it always holds');
    return { kind };
  }

  function someIds(): string[] {
    const ids: string[] = [];
    do {
      if (token.kind !== 'id') throw unexpected("expected the id of an object in quotes, for example 'Load'");
      ids.push(token.value);
      names.push({ id: token.value, at: token.at });
      advance();
    } while (takes('symbol', ','));
    if (!takes('symbol', ')')) throw unexpected('expected "," or ")"');
    return ids;
  }

  function advance(): void {
    token = readToken(text, token.end);
  }

  function takes(kind: Token['kind'], value: string): boolean {
    if (token.kind !== kind || token.value !== value) return false;
    advance();
    return true;
  }

  function unexpected(expected: string, candidates: readonly string[] = []): ExpressionError {
    if (token.kind === 'end')
      return new ExpressionError(text, token.at, `the condition ends too early: ${expected}`);
    const meant =
      (Object.hasOwn(OTHER_NAMES, token.value) ? OTHER_NAMES[token.value] : undefined) ?? token.value;
    const hint = token.kind === 'word' ? didYouMean(meant, candidates) : '';
    const shown = token.kind === 'id' ? 'an id in quotes' : `"${token.value.slice(0, 50)}"`;
    return new ExpressionError(text, token.at, `${shown} cannot stand here: ${expected}${hint}`);
  }
}

/** Smallest piece of a condition. `end` is the offset behind it. */
interface Token {
  readonly kind: 'word' | 'id' | 'symbol' | 'end';
  readonly value: string;
  readonly at: number;
  readonly end: number;
}

const BLANKS = /[ \t\r\n\u00a0]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;

function readToken(text: string, offset: number): Token {
  const at = offset + (matchAt(BLANKS, text, offset)?.length ?? 0);
  const character = text[at];
  if (character === undefined) return { kind: 'end', value: '', at, end: at };
  if (character === '(' || character === ')' || character === ',')
    return { kind: 'symbol', value: character, at, end: at + 1 };
  if (character === "'" || character === '"') return readId(text, at, character);
  const word = matchAt(WORD, text, at);
  if (word !== undefined) return { kind: 'word', value: word, at, end: at + word.length };
  throw new ExpressionError(text, at, strangeCharacter(text, at));
}

/** `'…'` or `"…"`; the quote is written inside by doubling it. */
function readId(text: string, at: number, quote: string): Token {
  const pieces: string[] = [];
  for (let from = at + 1; ;) {
    const to = text.indexOf(quote, from);
    if (to === -1)
      throw new ExpressionError(text, at, `the id that begins here has no end: expected a closing ${quote}`);
    pieces.push(text.slice(from, to));
    if (text[to + 1] !== quote) return { kind: 'id', value: pieces.join(''), at, end: to + 1 };
    pieces.push(quote);
    from = to + 2;
  }
}

function strangeCharacter(text: string, at: number): string {
  const instead = Object.entries(OTHER_SPELLINGS).find(([spelling]) => text.startsWith(spelling, at));
  if (instead !== undefined) return `"${instead[0]}" is not part of a condition: expected ${instead[1]}`;
  return `"${String.fromCodePoint(text.codePointAt(at) ?? 0)}" is not part of a condition: ${EXPECTED}`;
}

/** How others write it. */
const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  '#{': 'the ids of objects as they are, for a condition holds no expressions',
  '&': '"and"',
  '|': '"or"',
  '!': '"not"',
  '\u2018': "a straight quote '",
  '\u2019': "a straight quote '",
  '\u201c': 'a straight quote "',
  '\u201d': 'a straight quote "',
};

/** What CI systems call the functions. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  success: 'succeeded',
  failure: 'failed',
  error: 'failed',
};

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
