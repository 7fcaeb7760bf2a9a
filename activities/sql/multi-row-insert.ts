import type { JdbcKind } from '../../model/database/jdbc-url.js';
import { tokensOf, withoutLeadingComments } from './sql-text.js';

/**
 * How `INSERT INTO t (…) VALUES (?, f(?))` is said for several records at once: its list of values is repeated. Undefined
 * for any other statement, and where a placeholder stands elsewhere.
 */
export function multiRowInsert(
  query: string,
  kind: JdbcKind = 'sqlserver',
): ((records: number) => string) | undefined {
  const text = withoutLeadingComments(query).replace(/[\s;]+$/, '');
  // Parentheses of code only: strings, names in quotes and comments are blanked, place for place.
  const code = text.replace(/'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\[[^\]]*\]?|--[^\n]*|\/\*[^]*?\*\//g, (part) =>
    ' '.repeat(part.length),
  );
  const head = /^insert\s+into\s+[^()]+?(?:\([^()]*\)\s*)?\bvalues\s*(?=\()/i.exec(code);
  if (head === null) return undefined;
  const start = head[0].length;
  let depth = 0;
  let end = start;
  for (; end < code.length; end++) {
    if (code[end] === '(') depth += 1;
    else if (code[end] === ')') depth -= 1;
    if (depth === 0) break;
  }
  if (depth !== 0 || end !== code.length - 1) return undefined;
  const tuple = text.slice(start);
  if (tokensOf(text, kind).some(({ kind: token, at }) => token !== 'placeholder' || at < start))
    return undefined;
  return (records) => text.slice(0, start) + Array<string>(records).fill(tuple).join(', ');
}
