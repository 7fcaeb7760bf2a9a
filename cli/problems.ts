import type { DefinitionProblem } from '../model/definition/pipeline-definition.js';

/** Errors (fatal ones too) and warnings, counted. */
export function countProblems(problems: readonly DefinitionProblem[]): {
  readonly errors: number;
  readonly warnings: number;
} {
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  return { errors: problems.length - warnings, warnings };
}

/** `2 errors, 1 warning`. */
export function printCounts({ errors, warnings }: ReturnType<typeof countProblems>): string {
  return `${countOf(errors, 'error')}, ${countOf(warnings, 'warning')}`;
}

/** `1 object`, `2 objects`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** All problems, under the object that they concern, errors first. */
export function printProblems(problems: readonly DefinitionProblem[]): string {
  const byObject = new Map<string, DefinitionProblem[]>();
  for (const problem of problems) {
    const title = problem.objectId ?? '(the whole definition)';
    const list = byObject.get(title);
    if (list === undefined) byObject.set(title, [problem]);
    else list.push(problem);
  }
  const texts = [...byObject].map(([title, list]) => {
    const sorted = list.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
    return `${title}\n${sorted.map(printProblem).join('')}`;
  });
  return texts.join('\n');
}

const RANK = { fatal: 0, error: 1, warning: 2 } as const;

function printProblem({ severity, message }: DefinitionProblem): string {
  const indent = ' '.repeat(11);
  return `  ${severity.padEnd(7)}  ${message.replaceAll('\n', `\n${indent}`)}\n`;
}
