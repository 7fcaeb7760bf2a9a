import type { JdbcKind } from '../../model/database/jdbc-url.js';

/**
 * Where code is in a text of SQL, as opposed to strings, quoted names and comments.
 * Sources: "Lexical Structure" of PostgreSQL, "Constants" and "Comment" of Transact-SQL, "Literals" of Oracle.
 */
export interface Token {
  readonly kind: 'placeholder' | 'semicolon' | 'doubledPlaceholder' | 'batchEnd' | 'slashLine';
  readonly at: number;
  readonly text: string;
}

/** What counts as one piece of text in a dialect. */
interface Lexis {
  readonly pattern: RegExp;
  /** Comments nest, which no regular expression can say: they are skipped by hand. */
  readonly commentsNest: boolean;
}

const WORD = '[\\w$#@\\u0080-\\uffff]+';
const STRING = "'(?:[^']|'')*'?";
const QUOTED_NAME = '"(?:[^"]|"")*"?';

const LEXIS: Readonly<Record<JdbcKind, Lexis>> = {
  postgresql: {
    // Dollar quotes too; and `E'…'`, where a backslash escapes.
    pattern:
      /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[^]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|\?\?|\?|;|[\w$\u0080-\uffff]+/gu,
    commentsNest: true,
  },
  sqlserver: {
    // A name may stand in brackets. `GO`, alone on its line, ends a batch, as in sqlcmd.
    pattern: new RegExp(
      `--[^\\n]*|/\\*|^[ \\t]*GO(?:[ \\t]+\\d+)?[ \\t]*;?[ \\t]*(?:--[^\\n]*)?\\r?$|${STRING}|${QUOTED_NAME}|\\[(?:[^\\]]|\\]\\])*\\]?|\\?|;|${WORD}`,
      'gimu',
    ),
    commentsNest: true,
  },
  oracle: {
    // `q'[…]'` needs no doubled quotes. `/`, alone on its line, ends a block, as in SQL*Plus.
    pattern: new RegExp(
      `--[^\\n]*|/\\*|^[ \\t]*/[ \\t]*\\r?$|n?q'(?:\\[[^]*?\\]|\\{[^]*?\\}|\\([^]*?\\)|<[^]*?>|([^\\s[{(<])[^]*?\\1)'|${STRING}|${QUOTED_NAME}|\\?|;|${WORD}`,
      'gimu',
    ),
    commentsNest: false,
  },
};

/**
 * The placeholders and ends of statements of the code in `sql`, in order. In PostgreSQL `??` stands for the operator `?`,
 * as in pgjdbc.
 */
export function tokensOf(sql: string, kind: JdbcKind = 'postgresql'): Token[] {
  const tokens: Token[] = [];
  const { pattern: source, commentsNest } = LEXIS[kind];
  const pattern = new RegExp(source);
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const [text] = match;
    const at = match.index;
    if (text === '?') tokens.push({ kind: 'placeholder', at, text });
    else if (text === '??') tokens.push({ kind: 'doubledPlaceholder', at, text });
    else if (text === ';') tokens.push({ kind: 'semicolon', at, text });
    else if (text === '/*') pattern.lastIndex = endOfComment(sql, at, commentsNest);
    else if (kind === 'sqlserver' && /^[ \t]*go(?![\w$#@])/i.test(text) && isOwnLine(sql, at, text))
      tokens.push({ kind: 'batchEnd', at, text });
    else if (kind === 'oracle' && text.trim() === '/') tokens.push({ kind: 'slashLine', at, text });
    else if (kind === 'postgresql' && text.startsWith('$') && text.endsWith('$'))
      pattern.lastIndex = endOfDollarQuote(sql, at, text);
  }
  return tokens;
}

/** A word `GO` that is a name or label stands with others on its line. */
function isOwnLine(sql: string, at: number, text: string): boolean {
  const end = at + text.length;
  return (at === 0 || sql[at - 1] === '\n') && (end >= sql.length || sql[end] === '\n');
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
export function replacePlaceholders(
  sql: string,
  value: (index: number) => string,
  dialect: JdbcKind = 'postgresql',
): string {
  let text = '';
  let from = 0;
  let index = 0;
  for (const { kind, at } of tokensOf(sql, dialect)) {
    if (kind !== 'placeholder' && kind !== 'doubledPlaceholder') continue;
    text += sql.slice(from, at) + (kind === 'placeholder' ? value(index++) : '?');
    from = at + (kind === 'placeholder' ? 1 : 2);
  }
  return text + sql.slice(from);
}

/** Number of placeholders in `sql`. */
export function countPlaceholders(sql: string, dialect: JdbcKind = 'postgresql'): number {
  return tokensOf(sql, dialect).filter(({ kind }) => kind === 'placeholder').length;
}

function endOfComment(sql: string, start: number, nests = true): number {
  if (!nests) {
    const end = sql.indexOf('*/', start + 2);
    return end < 0 ? sql.length : end + 2;
  }
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
