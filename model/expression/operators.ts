import type { Operator } from './ast.js';
import { toNumber } from './convert.js';
import { CallError } from './functions.js';
import {
  describeValue,
  isSecret,
  printValue,
  stringValue,
  type DoubleValue,
  type IntegerValue,
  type Value,
} from './values.js';

type NumberValue = IntegerValue | DoubleValue;

/**
 * `left operator right`. Source: semantics.md 3.4: `+` with a string concatenates, integer division truncates, `^` is
 * always floating. Our choice: `+` does the same for DateTimes and references, of which no sum is defined; and
 * the other operators read a text that is a number as that number.
 * @throws CallError
 */
export function operate(operator: Operator, left: Value, right: Value): Value {
  if (operator === '+' && !(isNumber(left) && isNumber(right))) {
    if (left.type !== 'string' && right.type !== 'string' && (isNumber(left) || isNumber(right))) {
      throw new CallError(
        `cannot add ${describeValue(left)} and ${describeValue(right)}: expected two numbers or a text (for dates: plusDays, plusHours…)`,
      );
    }
    return stringValue(printValue(left) + printValue(right), isSecret(left) || isSecret(right));
  }
  const a = numberFor(operator, left);
  const b = numberFor(operator, right);
  if (operator === '/' && b.value === 0) throw new CallError('division by zero');
  const whole = a.type === 'integer' && b.type === 'integer' && operator !== '^';
  const result = calculate(operator, a.value, b.value);
  if (!Number.isFinite(result)) throw new CallError(`the result of "${operator}" is not a number`);
  if (!whole) return { type: 'double', value: result };
  // `+ 0` turns -0 into 0.
  const integer = Math.trunc(result) + 0;
  if (!Number.isSafeInteger(integer))
    throw new CallError(`the result of "${operator}" is too large for an integer`);
  return { type: 'integer', value: integer };
}

/** `-operand`. @throws CallError */
export function negate(operand: Value): Value {
  return operate('-', { type: 'integer', value: 0 }, operand);
}

function calculate(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '^':
      return a ** b;
  }
}

function numberFor(operator: Operator, value: Value): NumberValue {
  const number = toNumber(value);
  if (number !== undefined) return number;
  throw new CallError(`"${operator}" needs numbers, not ${describeValue(value)}`);
}

function isNumber(value: Value): value is NumberValue {
  return value.type === 'integer' || value.type === 'double';
}
