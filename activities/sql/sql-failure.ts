import type { ApplicationFailure } from '@temporalio/common';
import { DatabaseError } from 'pg';
import type { FailureType } from '../../model/instance/failure.js';
import { isWorkFailure, textOfError, workFailure } from '../storage/work-failure.js';

/** Longest part of the server's text that a message repeats: it may quote a value of any length. */
const LONGEST_TEXT = 400;

/**
 * The failure for an error of the driver or the server, met while `doing` ("read", "run the script of"…) `what`.
 * With the text of the statement, says where in it. `asRecord`: errors of data (SQLSTATE classes 22, 23) are BadRecord.
 */
export function sqlFailure(
  error: unknown,
  doing: string,
  options: { readonly statement?: string; readonly asRecord?: boolean } = {},
): ApplicationFailure {
  if (isWorkFailure(error)) return error;
  if (!(error instanceof DatabaseError)) {
    return workFailure(
      'ConnectionFailed',
      `Cannot ${doing}: ${textOfError(error) || 'the connection ended'}`,
    );
  }
  const { code = '', message, detail, hint } = error;
  const type = options.asRecord === true && /^2[23]/.test(code) ? 'BadRecord' : typeOf(code);
  const place = placeIn(options.statement, error.position);
  const extra = [detail, hint]
    .filter((text) => text !== undefined && text !== '')
    .map((text) => ` (${cut(text ?? '')})`);
  return workFailure(type, `Cannot ${doing}: ${cut(message)}${place}${extra.join('')} [SQLSTATE ${code}]`);
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

/** ` at line 2, column 8: "where x = "` for the server's position, which counts characters from 1. */
function placeIn(statement: string | undefined, position: string | undefined): string {
  if (statement === undefined || position === undefined) return '';
  const characters = Array.from(statement); // the server counts code points
  const before = characters.slice(0, Number(position) - 1).join('');
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const text = (statement.split('\n')[line - 1] ?? '').trim().slice(0, 80);
  return ` at line ${line}, column ${column}: "${text}"`;
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}
