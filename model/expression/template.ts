import type { Template, TemplatePart } from './ast.js';
import { ExpressionError } from './errors.js';
import { checkExpression } from './check.js';
import { parseEmbedded } from './parser.js';

/** Enough to mend; each problem costs a look at the whole text. Our choice. */
const MAXIMUM_PROBLEMS = 50;
/** Most expressions of one text. Our choice: real ones have a dozen. */
const MAXIMUM_EXPRESSIONS = 100_000;

/** True when the text holds an expression, right or wrong. */
export function hasExpression(text: string): boolean {
  return text.includes('#{');
}

/**
 * Splits a text into plain text and expressions. Braces and quotes inside string literals do not end an expression;
 * `${…}` is plain text. Source: semantics.md 3.1.
 * @throws ExpressionError at the first place that is wrong
 */
export function parseTemplate(text: string): Template {
  const { parts, problems } = readParts(text, 1);
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  return { text, parts };
}

/**
 * The parts of a text, and all that is wrong with its expressions before any value is known: syntax, unknown functions,
 * wrong numbers of arguments, wrong literal date patterns. In the order of the text; the first fifty or so.
 */
export function inspectTemplate(text: string): {
  readonly parts: readonly TemplatePart[];
  readonly problems: readonly ExpressionError[];
} {
  const { parts, problems } = readParts(text, MAXIMUM_PROBLEMS);
  for (const part of parts) {
    if (problems.length >= MAXIMUM_PROBLEMS) break;
    if (part.kind === 'expression') problems.push(...checkExpression(text, part.expression));
  }
  return { parts, problems: problems.sort((a, b) => a.offset - b.offset) };
}

/** The problems alone. */
export function templateProblems(text: string): readonly ExpressionError[] {
  return inspectTemplate(text).problems;
}

function readParts(
  text: string,
  mostProblems: number,
): { readonly parts: TemplatePart[]; readonly problems: ExpressionError[] } {
  const parts: TemplatePart[] = [];
  const problems: ExpressionError[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf('#{', from);
    const plain = text.slice(from, start === -1 ? text.length : start);
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    if (start === -1) return { parts, problems };
    try {
      if (parts.length > 2 * MAXIMUM_EXPRESSIONS) {
        throw new ExpressionError(text, start, `the text has more than ${MAXIMUM_EXPRESSIONS} expressions`);
      }
      const { expression, end } = parseEmbedded(text, start);
      parts.push({ kind: 'expression', expression, start, end });
      from = end;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problems.push(error);
      if (problems.length >= mostProblems) return { parts, problems };
      from = Math.max(error.offset, start + 2); // the next expression behind the mistake is looked at too
    }
  }
}
