import type { Expression, FunctionCall, MethodCall } from './ast.js';
import { ExpressionError } from './errors.js';
import { FUNCTIONS, type ExpressionFunction } from './functions.js';
import { parsePattern, PatternError } from './joda-format.js';
import { didYouMean } from './suggest.js';

/** What can be known to be wrong with an expression of `text` before its values are known. */
export function checkExpression(text: string, expression: Expression): ExpressionError[] {
  const problems: ExpressionError[] = [];
  const pending: Expression[] = [expression];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'function' || node.kind === 'method') {
      pending.push(...argumentsOf(node));
      problems.push(...checkCall(text, node));
    } else if (node.kind === 'binary') {
      pending.push(node.left, node.right);
    } else if (node.kind === 'negation') {
      pending.push(node.operand);
    }
  }
  return problems;
}

/** The arguments of a call; a method's target is the first. */
export function argumentsOf(call: FunctionCall | MethodCall): readonly Expression[] {
  return call.kind === 'method' ? [call.target, ...call.parameters] : call.parameters;
}

/** The function that a call names. @throws ExpressionError when it does not exist or takes another number of arguments */
export function functionOf(text: string, call: FunctionCall | MethodCall): ExpressionFunction {
  const found = FUNCTIONS.get(call.name);
  if (found === undefined) {
    const hint = didYouMean(call.name, FUNCTIONS.keys());
    throw new ExpressionError(text, call.at, `there is no function "${call.name}"${hint}`);
  }
  const given = argumentsOf(call).length;
  const wanted = found.parameterTypes.length;
  if (given !== wanted) {
    const target = call.kind === 'method' ? ' (what stands before the point is the first)' : '';
    throw new ExpressionError(
      text,
      call.at,
      `${found.signature} takes ${wanted} argument${wanted === 1 ? '' : 's'}, not ${given}${target}`,
    );
  }
  return found;
}

function checkCall(text: string, call: FunctionCall | MethodCall): ExpressionError[] {
  try {
    functionOf(text, call);
    const pattern = argumentsOf(call)[1];
    if (call.name === 'format' && pattern?.kind === 'string') parsePattern(pattern.value);
    return [];
  } catch (error) {
    if (error instanceof ExpressionError) return [error];
    if (error instanceof PatternError) {
      return [new ExpressionError(text, argumentsOf(call)[1]?.at ?? call.at, error.message)];
    }
    throw error;
  }
}
