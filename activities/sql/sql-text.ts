/**
 * Where code is in a text of SQL, as opposed to strings, quoted names, comments and dollar quotes.
 * Source: PostgreSQL's documentation, "Lexical Structure".
 */
export interface Token {
  readonly kind: 'placeholder' | 'semicolon' | 'doubledPlaceholder';
  readonly at: number;
}

// Comments nest, which no regular expression can say: they are skipped by hand.
const SKIPPED =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[^]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|\?\?|\?|;|[\w$\u0080-\uffff]+/gu;

/** The placeholders and semicolons of the code in `sql`, in order. `??` stands for the operator `?`, as in pgjdbc. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(SKIPPED);
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const [text] = match;
    const at = match.index;
    if (text === '?') tokens.push({ kind: 'placeholder', at });
    else if (text === '??') tokens.push({ kind: 'doubledPlaceholder', at });
    else if (text === ';') tokens.push({ kind: 'semicolon', at });
    else if (text === '/*') pattern.lastIndex = endOfComment(sql, at);
    else if (text.startsWith('$') && text.endsWith('$')) pattern.lastIndex = endOfDollarQuote(sql, at, text);
  }
  return tokens;
}

/** The statements of a script, without their semicolons; empty ones left out. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (const { kind, at } of tokensOf(sql)) {
    if (kind !== 'semicolon') continue;
    statements.push(sql.slice(start, at));
    start = at + 1;
  }
  statements.push(sql.slice(start));
  return statements.filter((statement) => withoutLeadingComments(statement) !== '');
}

/** The statement from its first word on. */
export function withoutLeadingComments(statement: string): string {
  let at = 0;
  for (;;) {
    const blank = /\s*/y;
    blank.lastIndex = at;
    blank.exec(statement);
    at = blank.lastIndex;
    if (statement.startsWith('--', at)) {
      const end = statement.indexOf('\n', at);
      at = end < 0 ? statement.length : end + 1;
    } else if (statement.startsWith('/*', at)) {
      at = endOfComment(statement, at);
    } else {
      return statement.slice(at).trimEnd();
    }
  }
}

/** `sql` with its placeholders replaced by what `value` gives for each, counted from 0. */
export function replacePlaceholders(sql: string, value: (index: number) => string): string {
  let text = '';
  let from = 0;
  let index = 0;
  for (const { kind, at } of tokensOf(sql)) {
    if (kind === 'semicolon') continue;
    text += sql.slice(from, at) + (kind === 'placeholder' ? value(index++) : '?');
    from = at + (kind === 'placeholder' ? 1 : 2);
  }
  return text + sql.slice(from);
}

/** Number of placeholders in `sql`. */
export function countPlaceholders(sql: string): number {
  return tokensOf(sql).filter(({ kind }) => kind === 'placeholder').length;
}

function endOfComment(sql: string, start: number): number {
  const pattern = /\/\*|\*\//g;
  pattern.lastIndex = start;
  let depth = 0;
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return pattern.lastIndex;
  }
  return sql.length;
}

function endOfDollarQuote(sql: string, start: number, tag: string): number {
  const end = sql.indexOf(tag, start + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}
