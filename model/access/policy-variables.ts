import { didYouMean } from '../expression/suggest.js';
import type { Principal } from './principal.js';

/** Variables that a value of a condition may hold, and what each stands for. Source: IAM's reference, "Variables and tags". */
const VARIABLES: Readonly<Record<string, (principal: Principal) => string>> = {
  // AWS's is an id such as AIDA…, which is what its pipelineCreator holds; ours holds the ARN.
  'aws:userid': ({ arn }) => arn,
  'aws:PrincipalArn': ({ arn }) => arn,
  'aws:username': ({ name }) => name,
};
const BY_LOWER = new Map(Object.entries(VARIABLES).map(([name, read]) => [name.toLowerCase(), read]));
/** `${*}`, `${?}` and `${$}` are the characters themselves. */
const ESCAPED = ['*', '?', '$'];
const VARIABLE = /\$\{([^}]*)\}/g;

/** A piece of a value: what is in a variable is text, whatever characters it has. */
export interface ValuePart {
  readonly text: string;
  readonly isLiteral: boolean;
}

/** What is wrong with the variables of a value. */
export function variableProblems(value: string, hasVariables: boolean): string[] {
  const names = [...value.matchAll(VARIABLE)].map(([, name = '']) => name.trim());
  if (names.length > 0 && !hasVariables)
    return [`"${value.slice(0, 120)}" has a variable: the policy needs "Version": "2012-10-17" for it`];
  return names
    .filter((name) => !ESCAPED.includes(name) && !BY_LOWER.has(name.toLowerCase()))
    .map((name) => {
      const hint = didYouMean(name, Object.keys(VARIABLES));
      return `variable "\${${name.slice(0, 100)}}" is not known here${hint === '' ? `: expected one of ${Object.keys(VARIABLES).join(', ')}` : hint}`;
    });
}

/** The value in pieces, its variables replaced. */
export function valueParts(value: string, principal: Principal): ValuePart[] {
  const parts: ValuePart[] = [];
  let from = 0;
  for (const match of value.matchAll(VARIABLE)) {
    const name = (match[1] ?? '').trim();
    parts.push({ text: value.slice(from, match.index), isLiteral: false });
    parts.push({
      text: ESCAPED.includes(name) ? name : (BY_LOWER.get(name.toLowerCase())?.(principal) ?? match[0]),
      isLiteral: true,
    });
    from = match.index + match[0].length;
  }
  parts.push({ text: value.slice(from), isLiteral: false });
  return parts.filter(({ text }) => text !== '');
}
