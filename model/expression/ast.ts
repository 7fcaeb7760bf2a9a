/**
 * What an expression says, without its spelling: parentheses and nested `#{}` have become structure.
 * `at` is the offset of a node in the text, for error messages.
 */
export type Expression =
  NumberLiteral | StringLiteral | Path | FunctionCall | MethodCall | Negation | BinaryOperation;

/** `12`, `0.5`: an integer unless it has a point. */
export interface NumberLiteral {
  readonly kind: 'number';
  readonly text: string;
  readonly at: number;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly at: number;
}

/** `name`, `@status`, `*password`, `node.output.directoryPath`: at least one name. */
export interface Path {
  readonly kind: 'path';
  readonly names: readonly string[];
  readonly at: number;
}

/** `f(a, b)`. */
export interface FunctionCall {
  readonly kind: 'function';
  readonly name: string;
  readonly parameters: readonly Expression[];
  readonly at: number;
}

/** `target.f(b)`: the same as `f(target, b)`. */
export interface MethodCall {
  readonly kind: 'method';
  readonly target: Expression;
  readonly name: string;
  readonly parameters: readonly Expression[];
  readonly at: number;
}

export interface Negation {
  readonly kind: 'negation';
  readonly operand: Expression;
  readonly at: number;
}

export interface BinaryOperation {
  readonly kind: 'binary';
  readonly operator: Operator;
  readonly left: Expression;
  readonly right: Expression;
  readonly at: number;
}

export type Operator = '+' | '-' | '*' | '/' | '^';

/** Text with any number of `#{…}`. */
export interface Template {
  readonly text: string;
  readonly parts: readonly TemplatePart[];
}

/** Plain text, or an expression that stands in the text from `start` (its `#{`) to `end` (behind its `}`). */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'expression';
      readonly expression: Expression;
      readonly start: number;
      readonly end: number;
    };
