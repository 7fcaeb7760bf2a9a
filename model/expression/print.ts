import type { BinaryOperation, Expression, Operator, Template } from './ast.js';

/** How tightly an expression holds together; a looser one inside a tighter one needs parentheses. */
const PRECEDENCE: Readonly<Record<Operator, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '^': 4 };
const SIGNED = 3;
const ATOM = 5;

/** The text that parseTemplate reads back as the same template. */
export function printTemplate(template: Template): string {
  return template.parts
    .map((part) => (part.kind === 'text' ? part.text : `#{${printExpression(part.expression)}}`))
    .join('');
}

/** The text, with as few parentheses as possible, that parseExpression reads back as the same expression. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return expression.text;
    case 'string':
      return printString(expression.value);
    case 'path':
      return expression.names.join('.');
    case 'function':
      return `${expression.name}(${printArguments(expression.parameters)})`;
    case 'method':
      return `${printWithin(expression.target, ATOM)}.${expression.name}(${printArguments(expression.parameters)})`;
    case 'negation':
      return `-${printWithin(expression.operand, SIGNED)}`;
    case 'binary':
      return printBinary(expression);
  }
}

/** `'it''s'`. */
export function printString(value: string): string {
  return `'${value.replace(/\\(?=[\\'"]|$)/g, '\\\\').replaceAll("'", "''")}'`;
}

function printArguments(parameters: readonly Expression[]): string {
  return parameters.map(printExpression).join(', ');
}

/** Walks down the left side in a loop: a sum of a thousand terms is a thousand deep there. */
function printBinary(expression: BinaryOperation): string {
  const tail: string[] = [];
  let current: Expression = expression;
  for (;;) {
    if (current.kind !== 'binary') break;
    const own: number = PRECEDENCE[current.operator];
    // A power takes a signed operand on its right (2^-1) and only an atom on its left.
    tail.push(
      ` ${current.operator} ${printWithin(current.right, current.operator === '^' ? SIGNED : own + 1)}`,
    );
    const left: Expression = current.left;
    if (precedenceOf(left) < (current.operator === '^' ? ATOM : own)) {
      tail.push(`(${printExpression(left)})`);
      return tail.reverse().join('');
    }
    current = left;
  }
  tail.push(printExpression(current));
  return tail.reverse().join('');
}

function printWithin(expression: Expression, precedence: number): string {
  const text = printExpression(expression);
  return precedenceOf(expression) < precedence ? `(${text})` : text;
}

function precedenceOf(expression: Expression): number {
  if (expression.kind === 'binary') return PRECEDENCE[expression.operator];
  return expression.kind === 'negation' ? SIGNED : ATOM;
}
