import type { DefinitionProblem } from './pipeline-definition.js';

/** Longest part of a value that a message quotes, in characters. Our choice. */
const LONGEST_QUOTE = 200;

/** Where a problem is. */
export interface ProblemPlace {
  readonly objectId?: string | undefined;
  readonly field?: string | undefined;
}

/** A problem; `place` without an object concerns the whole pipeline. */
export function problem(
  severity: DefinitionProblem['severity'],
  { objectId, field }: ProblemPlace,
  message: string,
): DefinitionProblem {
  return {
    severity,
    ...(objectId === undefined ? {} : { objectId }),
    ...(field === undefined ? {} : { field }),
    message,
  };
}

/** `value` in quotation marks, cut when long; the value of a secret (`*`) field or parameter is not shown. */
export function quote(value: string, name = ''): string {
  if (name.startsWith('*')) return '(secret, not shown)';
  const shown = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  return `"${shown.replace(/[\r\n\t]+/g, ' ')}"`;
}

/** `an S3DataNode`, `a Schedule`: a type in a sentence. */
export function withArticle(type: string): string {
  return `${/^([AEIO]|S3)/.test(type) ? 'an' : 'a'} ${type}`;
}

/** Errors (also fatal ones) as ValidatePipelineDefinition and PutPipelineDefinition return them. Source: api.md 1.3. */
export function validationErrors(
  problems: readonly DefinitionProblem[],
): { id?: string; errors: string[] }[] {
  const errors = problems.filter(({ severity }) => severity !== 'warning');
  return [...messagesById(errors)].map(([id, messages]) => ({
    ...(id === undefined ? {} : { id }),
    errors: messages,
  }));
}

/** Warnings as ValidatePipelineDefinition and PutPipelineDefinition return them. Source: api.md 1.3. */
export function validationWarnings(
  problems: readonly DefinitionProblem[],
): { id?: string; warnings: string[] }[] {
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  return [...messagesById(warnings)].map(([id, messages]) => ({
    ...(id === undefined ? {} : { id }),
    warnings: messages,
  }));
}

function messagesById(problems: readonly DefinitionProblem[]): Map<string | undefined, string[]> {
  const byId = new Map<string | undefined, string[]>();
  for (const { objectId, message } of problems) {
    const messages = byId.get(objectId);
    if (messages === undefined) byId.set(objectId, [message]);
    else messages.push(message);
  }
  return byId;
}
