import pg from 'pg';
import type { JdbcKind } from '../../model/database/jdbc-url.js';
import {
  countPlaceholders,
  replacePlaceholders,
  statementsOf,
  tokensOf,
  withoutLeadingComments,
} from './sql-text.js';

/** A statement or batch as it is sent to the server, with the values of its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

/** What is done of a script, in order. */
export interface Script {
  readonly statements: readonly Statement[];
  /** Statements in it, for the log. */
  readonly count: number;
  /** False when the script holds what the server runs only outside of a transaction. */
  readonly inTransaction: boolean;
}

/** What PostgreSQL refuses inside a transaction. Source: its documentation, page by page of these commands. */
const POSTGRES_OUTSIDE_TRANSACTION =
  /^(vacuum\b|(create|drop|alter)\s+(database|tablespace)\b|alter\s+system\b|(create\s+(unique\s+)?index|drop\s+index|reindex\b.*)\s+concurrently\b|reindex\s+(\([^)]*\)\s*)?(database|system)\b|(create|alter|drop)\s+subscription\b)/is;

/**
 * A script for PostgreSQL: one text, unless it must run statement by statement. Values become literals, since a script may
 * hold statements that take no parameters. Without values a `?` is left alone: it may be an operator.
 */
export function postgresScript(script: string, values: readonly string[]): Script {
  const text =
    values.length === 0
      ? script
      : replacePlaceholders(script, (index) => pg.escapeLiteral(values[index] ?? ''));
  const statements = statementsOf(text);
  const inTransaction = !statements.some((statement) =>
    POSTGRES_OUTSIDE_TRANSACTION.test(withoutLeadingComments(statement)),
  );
  const texts = inTransaction ? [text].slice(0, statements.length) : statements.map((each) => each.trim());
  return {
    statements: texts.map((each) => ({ text: each, values: [] })),
    count: statements.length,
    inTransaction,
  };
}

/** Most times that `GO n` repeats a batch. Our choice: beyond it a loop is meant. */
const MOST_REPEATS = 1000;

/**
 * The batches of a script for SQL Server: what stands between lines with `GO`, which like sqlcmd's may be repeated
 * (`GO 3`). Placeholders become the parameters @p1, @p2… of their batch. Source: Microsoft's "GO (Transact-SQL)".
 */
export function sqlServerScript(script: string, values: readonly string[]): Script {
  const batches: { text: string; times: number }[] = [];
  let start = 0;
  for (const { kind, at, text } of tokensOf(script, 'sqlserver')) {
    if (kind !== 'batchEnd') continue;
    const times = Number(/^\s*go[ \t]+(\d+)/i.exec(text)?.[1] ?? 1);
    batches.push({ text: script.slice(start, at), times: Math.min(times, MOST_REPEATS) });
    start = at + text.length;
  }
  batches.push({ text: script.slice(start), times: 1 });
  const statements = bound(
    batches.map(({ text }) => text),
    values,
    'sqlserver',
    (index) => `@p${index + 1}`,
  ).flatMap((statement, index) => Array<Statement>(batches[index]?.times ?? 1).fill(statement));
  const full = statements.filter(({ text }) => withoutLeadingComments(text) !== '');
  return {
    statements: full,
    count: full.length,
    inTransaction: !batches.some(({ text }) => SQLSERVER_OUTSIDE_TRANSACTION.test(withoutStrings(text))),
  };
}

/** What SQL Server refuses inside a transaction (error 226 and its like). Source: "Transactions (Transact-SQL)", page by page. */
const SQLSERVER_OUTSIDE_TRANSACTION =
  /(?:^|;|\n)\s*((create|alter|drop)\s+(database|fulltext\s+(catalog|index))\b|backup\s+(database|log|certificate)\b|restore\s+(database|log)\b|reconfigure\b)/i;

/**
 * The statements of a script for Oracle, by the rules of SQL*Plus: `;` ends a statement of SQL; a block of PL/SQL (BEGIN,
 * DECLARE, CREATE of a function, procedure, package, trigger or type) ends with a line that holds only `/`, or with the
 * script. Placeholders become the binds :1, :2… of their statement. Oracle commits before and after each DDL statement.
 */
export function oracleScript(script: string, values: readonly string[]): Script {
  const pieces: string[] = [];
  let start = 0;
  for (const { kind, at, text } of tokensOf(script, 'oracle')) {
    if (kind !== 'semicolon' && kind !== 'slashLine') continue;
    const piece = script.slice(start, at);
    if (kind === 'semicolon' && PLSQL.test(withoutLeadingComments(piece))) continue;
    pieces.push(piece);
    start = at + text.length;
  }
  pieces.push(script.slice(start));
  const statements = bound(pieces, values, 'oracle', (index) => `:${index + 1}`)
    .map(({ text, values: own }) => ({ text: withoutLeadingComments(text), values: own }))
    .filter(({ text }) => text !== '');
  return { statements, count: statements.length, inTransaction: true };
}

const PLSQL =
  /^(?:(?:<<\s*\w+\s*>>\s*)*(?:declare|begin)\b|create\s+(?:or\s+replace\s+)?(?:(?:non)?editionable\s+)?(?:and\s+(?:resolve|compile)\s+)?(?:function|procedure|package|trigger|type|library)\b)/i;

/** Without values a `?` is left alone. */
function bound(
  texts: readonly string[],
  values: readonly string[],
  kind: JdbcKind,
  name: (index: number) => string,
): Statement[] {
  let used = 0;
  return texts.map((text) => {
    if (values.length === 0) return { text, values: [] };
    const count = countPlaceholders(text, kind);
    used += count;
    return { text: replacePlaceholders(text, name, kind), values: values.slice(used - count, used) };
  });
}

/** The text without what is no code, for a look at its words. */
function withoutStrings(text: string): string {
  return text.replace(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'?|\[(?:[^\]]|\]\])*\]?/g, ' ');
}
