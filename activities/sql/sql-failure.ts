import type { ApplicationFailure } from '@temporalio/common';
import { DatabaseError } from 'pg';
import type { FailureType } from '../../model/instance/failure.js';
import { ServerError } from './server-error.js';
import { isWorkFailure, textOfError, workFailure } from '../storage/work-failure.js';

/** Longest part of the server's text that a message repeats: it may quote a value of any length. */
const LONGEST_TEXT = 200;

/** What is known of the statement that failed. */
export interface SqlFailureOptions {
  /** Its text, to say where in it. */
  readonly statement?: string;
  /** Errors of data (SQLSTATE classes 22, 23) are BadRecord. */
  readonly asRecord?: boolean;
  /** What must not be shown of the statement and of what the server says of it. */
  readonly secrets?: readonly string[];
}

/**
 * The failure for an error of the driver or the server, met while `doing` ("read", "run the script of"…) `what`.
 */
export function sqlFailure(
  error: unknown,
  doing: string,
  options: SqlFailureOptions = {},
): ApplicationFailure {
  if (isWorkFailure(error)) return error;
  if (error instanceof ServerError) return serverFailure(error, doing, options);
  if (!(error instanceof DatabaseError)) {
    return workFailure(
      'ConnectionFailed',
      `Cannot ${doing}: ${textOfError(error) || 'the connection ended'}`,
    );
  }
  const { code = '', message, detail, hint, position } = error;
  const type = options.asRecord === true && /^2[23]/.test(code) ? 'BadRecord' : typeOf(code);
  const shown = (text: string): string => masked(text, options);
  const where = whereOf(placeIn(options.statement, position), options);
  const extra = [detail, hint].map((text) => (text === undefined || text === '' ? '' : ` (${shown(text)})`));
  return workFailure(type, `Cannot ${doing}: ${shown(message)}${where}${extra.join('')} [SQLSTATE ${code}]`);
}

/** The same for SQL Server and Oracle. */
function serverFailure(
  { message, facts }: ServerError,
  doing: string,
  options: SqlFailureOptions,
): ApplicationFailure {
  const type = options.asRecord === true && facts.isOfRecord === true ? 'BadRecord' : facts.type;
  const where = whereOf(placeOfError(facts, options.statement), options);
  const label = facts.label === undefined ? '' : ` [${facts.label}]`;
  return workFailure(type, `Cannot ${doing}: ${masked(message, options)}${where}${label}`);
}

function placeOfError(
  { line, offset }: ServerError['facts'],
  statement: string | undefined,
): Place | undefined {
  if (statement === undefined) return undefined;
  if (offset !== undefined) {
    const before = statement.slice(0, offset);
    return {
      line: before.split('\n').length,
      column: offset - before.lastIndexOf('\n'),
      text: lineAt(statement, before.split('\n').length),
    };
  }
  return line === undefined ? undefined : { line, text: lineAt(statement, line) };
}

function lineAt(statement: string, line: number): string {
  return (statement.split('\n')[line - 1] ?? '').trim();
}

/** Hidden before anything is cut: the first half of a secret must not show either. */
function masked(text: string, { secrets = [] }: SqlFailureOptions, longest = LONGEST_TEXT): string {
  let hidden = text;
  for (const secret of secrets) if (secret !== '') hidden = hidden.replaceAll(secret, '*****');
  return hidden.length <= longest ? hidden : `${hidden.slice(0, longest)}…`;
}

function whereOf(place: Place | undefined, options: SqlFailureOptions): string {
  if (place === undefined) return '';
  const column = place.column === undefined ? '' : `, column ${place.column}`;
  const text = place.text === '' ? '' : `: "${masked(place.text, options, 80)}"`;
  return ` at line ${place.line}${column}${text}`;
}

/** Number of the line that COPY was at and the column, from the error's context. A line is a record of what was sent. */
export function copyPlace(error: unknown): { record: number; column?: string } | undefined {
  if (!(error instanceof DatabaseError) || error.where === undefined) return undefined;
  // "COPY t, line 3, column n: "x"", in the server's language: the first number behind a comma is the line.
  const found = /^COPY [^]*?, \D+ (\d+)(?:, \D+? ([^:]+):)?/.exec(error.where);
  if (found?.[1] === undefined) return undefined;
  return { record: Number(found[1]), ...(found[2] === undefined ? {} : { column: found[2] }) };
}

function typeOf(code: string): FailureType {
  if (code === '42501' || code.startsWith('28')) return 'AccessDenied';
  // 3D000: no such database. 57P0x: the server stops. 53300: too many connections.
  return code.startsWith('08') || code.startsWith('57P') || code === '3D000' || code === '53300'
    ? 'ConnectionFailed'
    : 'SqlFailed';
}

/** A place in a statement: line and column count from 1. */
interface Place {
  readonly line: number;
  readonly column?: number;
  readonly text: string;
}

/** Line and column, from 1, of the server's position, which counts characters from 1, and the text of the line. */
function placeIn(statement: string | undefined, position: string | undefined): Place | undefined {
  if (statement === undefined || position === undefined) return undefined;
  const characters = Array.from(statement); // the server counts code points
  const before = characters.slice(0, Number(position) - 1).join('');
  const line = before.split('\n').length;
  return { line, column: before.length - before.lastIndexOf('\n'), text: lineAt(statement, line) };
}
