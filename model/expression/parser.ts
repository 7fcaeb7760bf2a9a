import type { Expression, Operator } from './ast.js';
import { ExpressionError } from './errors.js';
import { readAdjacentName, readToken, type Token } from './lexer.js';

/** Deepest nesting of parentheses, calls, signs and powers. Our choice: real definitions nest three deep. */
export const MAXIMUM_NESTING = 32;
/** Most operators, calls and operands of one `#{…}`. Our choice. */
const MAXIMUM_NODES = 2000;

/** Reads `expression` alone, without `#{` and `}`. @throws ExpressionError */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text, 0);
  const expression = parser.expression();
  parser.expectEnd();
  return expression;
}

/**
 * Reads the expression that begins with the `#{` at offset `start` of `text`; `end` is the offset behind its `}`.
 * @throws ExpressionError
 */
export function parseEmbedded(
  text: string,
  start: number,
): { readonly expression: Expression; readonly end: number } {
  const parser = new Parser(text, start + 2, start);
  const expression = parser.expression();
  return { expression, end: parser.expectClosingBrace(start) };
}

/**
 * Recursive descent, one token ahead:
 *
 *     expression     = term { ("+" | "-") term }
 *     term           = signed { ("*" | "/") signed }
 *     signed         = { "-" | "+" } power
 *     power          = postfix [ "^" signed ]              (right-associative; -2^2 is -(2^2))
 *     postfix        = primary { "." name [ arguments ] }
 *     primary        = number | string | name [ arguments ] | "(" expression ")" | "#{" expression "}"
 *     arguments      = "(" [ expression { "," expression } ] ")"
 *
 * A name may carry `@` (runtime field) or, directly before it, `*` (secret). Source: semantics.md 3.2, 3.4;
 * a nested `#{…}` occurs in published definitions and counts as parentheses (our choice).
 */
class Parser {
  #token: Token;
  #nesting = 0;
  #nodes = 0;

  constructor(
    readonly text: string,
    offset: number,
    /** Where an enclosing `#{` began, for the message when its `}` is missing. */
    readonly opening?: number,
  ) {
    this.#token = readToken(text, offset, false);
  }

  expression(): Expression {
    return this.#operations(['+', '-'], () => this.#operations(['*', '/'], () => this.#signed()));
  }

  expectEnd(): void {
    if (this.#token.kind !== 'end') this.#fail('an operator or the end of the expression');
  }

  expectClosingBrace(start: number): number {
    if (this.#token.kind === 'end') this.#unclosed(start);
    if (!this.#is('}')) this.#fail('an operator or "}"');
    return this.#token.end;
  }

  #operations(operators: readonly Operator[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      if (this.#token.kind !== 'symbol') return left;
      const operator = operators.find((each) => this.#is(each));
      if (operator === undefined) return left;
      const at = this.#token.at;
      this.#advance();
      left = this.#node({ kind: 'binary', operator, left, right: operand(), at });
    }
  }

  #signed(): Expression {
    const at = this.#token.at;
    if (this.#is('-')) {
      this.#advance();
      return this.#node({ kind: 'negation', operand: this.#nested(() => this.#signed()), at });
    }
    if (this.#is('+')) {
      this.#advance();
      return this.#nested(() => this.#signed());
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#is('^')) return left;
    const at = this.#token.at;
    this.#advance();
    return this.#node({ kind: 'binary', operator: '^', left, right: this.#nested(() => this.#signed()), at });
  }

  #postfix(): Expression {
    let expression = this.#primary();
    let links = 0;
    while (this.#is('.')) {
      this.#advance();
      const at = this.#token.at;
      const name = this.#name('a name after "."');
      if (++links > MAXIMUM_NESTING) this.#tooDeep(at);
      if (this.#is('(')) {
        expression = this.#node({
          kind: 'method',
          target: expression,
          name,
          parameters: this.#arguments(),
          at,
        });
      } else if (expression.kind === 'path') {
        expression = { ...expression, names: [...expression.names, name] };
      } else {
        throw new ExpressionError(
          this.text,
          at,
          `".${name}" follows something that is not a reference: expected a function call, as in .format('YYYY')`,
        );
      }
    }
    return expression;
  }

  #primary(): Expression {
    const token = this.#token;
    const at = token.at;
    if (token.kind === 'number') {
      this.#advance(true);
      return this.#node({ kind: 'number', text: token.value, at });
    }
    if (token.kind === 'string') {
      this.#advance(true);
      return this.#node({ kind: 'string', value: token.value, at });
    }
    if (this.#is('(') || this.#is('#{')) {
      const nestedTemplate = this.#is('#{');
      this.#advance();
      const inner = this.#nested(() => this.expression());
      if (this.#token.kind === 'end') this.#unclosed(at);
      if (!this.#is(nestedTemplate ? '}' : ')'))
        this.#fail(nestedTemplate ? 'an operator or "}"' : 'an operator or ")"');
      this.#advance(true);
      return inner;
    }
    const name = this.#name('a name, number, string or "("');
    if (this.#is('(')) return this.#node({ kind: 'function', name, parameters: this.#arguments(), at });
    return this.#node({ kind: 'path', names: [name], at });
  }

  #name(expected: string): string {
    const token = this.#token;
    if (token.kind === 'name') {
      this.#advance(true);
      return token.value;
    }
    // The star of a secret belongs to its name and stands directly before it; elsewhere it multiplies.
    const secret = this.#is('*') ? readAdjacentName(this.text, token.end) : undefined;
    if (secret === undefined || secret.startsWith('@')) return this.#fail(expected);
    this.#token = readToken(this.text, token.end + secret.length, true);
    return `*${secret}`;
  }

  #arguments(): Expression[] {
    const opening = this.#token.at;
    this.#advance();
    const parameters: Expression[] = [];
    if (!this.#is(')')) {
      for (;;) {
        parameters.push(this.#nested(() => this.expression()));
        if (!this.#is(',')) break;
        this.#advance();
      }
    }
    if (this.#token.kind === 'end') this.#unclosed(opening);
    if (!this.#is(')')) this.#fail('an operator, "," or ")"');
    this.#advance(true);
    return parameters;
  }

  #nested(parse: () => Expression): Expression {
    if (++this.#nesting > MAXIMUM_NESTING) this.#tooDeep(this.#token.at);
    const expression = parse();
    this.#nesting--;
    return expression;
  }

  #node<T extends Expression>(node: T): T {
    if (++this.#nodes > MAXIMUM_NODES) {
      throw new ExpressionError(this.text, node.at, `the expression has more than ${MAXIMUM_NODES} parts`);
    }
    return node;
  }

  #is(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.value === symbol;
  }

  #advance(afterOperand = false): void {
    this.#token = readToken(this.text, this.#token.end, afterOperand);
  }

  #fail(expected: string): never {
    const token = this.#token;
    if (token.kind === 'end' && this.opening !== undefined) this.#unclosed(this.opening);
    const found = token.kind === 'end' ? 'the end' : `"${shortened(this.text.slice(token.at, token.end))}"`;
    throw new ExpressionError(this.text, token.at, `expected ${expected}, found ${found}`);
  }

  #unclosed(at: number): never {
    const [opening, closing] = this.text[at] === '(' ? ['(', ')'] : ['#{', '}'];
    throw new ExpressionError(this.text, at, `this "${opening}" is never closed: expected "${closing}"`);
  }

  #tooDeep(at: number): never {
    throw new ExpressionError(
      this.text,
      at,
      `the expression is nested deeper than ${MAXIMUM_NESTING} levels`,
    );
  }
}

function shortened(text: string): string {
  return text.length <= 20 ? text : `${text.slice(0, 20)}…`;
}
