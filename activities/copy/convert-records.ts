import { quoted, workFailure } from '../storage/work-failure.js';
import type { Dialect } from './dialect.js';
import { recordFormatter } from './record-formatter.js';
import { parseRecords, UnreadableRecord, type RecordFields } from './record-parser.js';

/** A stream of bytes and what it is called in messages. */
export interface Source {
  readonly uri: string;
  readonly bytes: AsyncIterable<Buffer | string>;
}

/** How far a copy is. */
export interface Progress {
  records: number;
  bytes: number;
}

/** Longest record: beyond it, a quote that is never closed would fill the memory. Our choice: 64 MiB. */
const LONGEST_RECORD_BYTES = 64 * 1024 * 1024;

/** What is looked at and handed on at a time. */
const PIECE_BYTES = 128 * 1024;

/** A piece that is not clean as a whole is taken in blocks: one escape in a thousand records then costs little. */
const BLOCK_BYTES = 8 * 1024;

/** What becomes of the records of one source. `T` is what comes out for a piece of the input. */
export interface RecordSink<T> {
  /** Complete records that need no look inside; absent when every record must be parsed. */
  readonly passThrough?: { isClean(chunk: Buffer): boolean; pass(records: Buffer): T };
  parsed(records: readonly RecordFields[]): T;
  join(parts: readonly T[]): T;
}

/**
 * Cuts a source into records and gives them to `sink`, a piece at a time. Where the sink takes records that need no look
 * inside and a piece is clean, its bytes pass without being parsed: most data have neither quotes nor escapes.
 * @throws BadRecord, with the number of the record and the source.
 */
export async function* readRecords<T>(
  source: Source,
  dialect: Dialect,
  progress: Progress,
  sink: RecordSink<T>,
): AsyncGenerator<T> {
  const end = dialect.recordSeparator.charCodeAt(0);
  const firstRecord = progress.records;
  let carry: Buffer = Buffer.alloc(0);
  /** Parsing again before this many bytes are there would make a long record cost the square of its length. */
  let worthParsingBytes = 0;
  let isFirst = true;

  for await (const chunk of source.bytes) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    progress.bytes += rest.length;
    if (isFirst && carry.length + rest.length < BYTE_ORDER_MARK.length) {
      carry = Buffer.concat([carry, rest]);
      continue;
    }
    while (rest.length > 0) {
      const piece = rest.subarray(0, PIECE_BYTES);
      rest = rest.subarray(PIECE_BYTES);
      let bytes = carry.length === 0 ? piece : Buffer.concat([carry, piece]);
      if (isFirst && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
        bytes = bytes.subarray(BYTE_ORDER_MARK.length);
      }
      isFirst = false;
      carry = bytes;
      if (bytes.length < worthParsingBytes) continue;
      const { out, consumed } = takePiece(bytes);
      if (out.length > 0) yield out.length === 1 && out[0] !== undefined ? out[0] : sink.join(out);
      carry = bytes.subarray(consumed);
      worthParsingBytes = consumed === 0 ? 2 * carry.length : 0;
      if (carry.length > LONGEST_RECORD_BYTES) {
        throw badRecord(`it is longer than ${LONGEST_RECORD_BYTES} bytes; is a quote not closed?`, 0);
      }
    }
  }
  if (carry.length > 0) {
    const out: T[] = [];
    take(carry, true, out);
    if (out.length > 0) yield sink.join(out);
  }

  function takePiece(bytes: Buffer): { out: T[]; consumed: number } {
    const out: T[] = [];
    if (sink.passThrough?.isClean(bytes) !== false) return { out, consumed: take(bytes, false, out) };
    let consumed = 0;
    let blockBytes = BLOCK_BYTES;
    for (;;) {
      const taken = take(bytes.subarray(consumed, consumed + blockBytes), false, out);
      if (consumed + blockBytes >= bytes.length && taken === 0) break;
      blockBytes = taken === 0 ? 2 * blockBytes : BLOCK_BYTES; // a record longer than the block
      consumed += taken;
    }
    return { out, consumed };
  }

  /** Takes the complete records at the beginning of `bytes`; returns how many bytes they were. */
  function take(bytes: Buffer, isLast: boolean, out: T[]): number {
    if (sink.passThrough?.isClean(bytes) === true) {
      const length = bytes.lastIndexOf(end) + 1;
      if (length > 0) {
        progress.records += count(bytes, end, length);
        out.push(sink.passThrough.pass(bytes.subarray(0, length)));
      }
      if (!isLast || length === bytes.length) return length;
      progress.records += 1;
      out.push(sink.passThrough.pass(Buffer.concat([bytes.subarray(length), Buffer.from([end])])));
      return bytes.length;
    }
    const records: RecordFields[] = [];
    let consumed: number;
    try {
      consumed = parseRecords(bytes.toString('latin1'), dialect, isLast, (fields) => records.push(fields));
    } catch (error) {
      throw error instanceof UnreadableRecord ? badRecord(error.message, error.index) : error;
    }
    progress.records += records.length;
    if (records.length > 0) out.push(sink.parsed(records));
    return consumed;
  }

  function badRecord(reason: string, index: number): Error {
    const number = progress.records - firstRecord + index + 1;
    return workFailure('BadRecord', `Record ${number} of ${quoted(source.uri)}: ${quoted(reason)}`);
  }
}

/** How records change on their way. */
export interface ConvertOptions {
  /** Number of columns that every record must have; a blank line is then left out when it is not one. */
  readonly columns?: number | undefined;
}

/** True for the record of an empty line. */
export function isBlankRecord(fields: RecordFields): boolean {
  return fields.length === 1 && (fields[0] === null || fields[0] === '');
}

/** The records of a source as bytes of another dialect. */
export function convertRecords(
  source: Source,
  from: Dialect,
  to: Dialect,
  progress: Progress,
  { columns }: ConvertOptions = {},
): AsyncGenerator<Buffer> {
  const format = recordFormatter(to);
  const dropsBlank = columns !== undefined && columns !== 1;
  const isClean = cleanTest(from, to, dropsBlank);
  return readRecords(source, from, progress, {
    ...(isClean === undefined ? {} : { passThrough: { isClean, pass: (records: Buffer) => records } }),
    parsed: (records) => {
      let text = '';
      for (const fields of records) if (!dropsBlank || !isBlankRecord(fields)) text += format(fields);
      return Buffer.from(text, 'latin1');
    },
    join: (parts) => Buffer.concat(parts),
  });
}

/**
 * What must not be in bytes of `from` for them to be the same records in `to`; undefined when they never are. Native
 * searches over a chunk cost a small part of what parsing does.
 */
export function cleanTest(
  from: Dialect,
  to: Dialect,
  dropsBlank: boolean,
): ((chunk: Buffer) => boolean) | undefined {
  const { columnSeparator: separator, recordSeparator: end } = from;
  if (separator !== to.columnSeparator || end !== to.recordSeparator) return undefined;
  const unclean = new Set([from.escape, to.escape]);
  if (from.acceptsQuotes || to.acceptsQuotes) unclean.add('"');
  if (from.acceptsCarriageReturn || to.acceptsCarriageReturn) unclean.add('\r');
  if (from.nullText !== to.nullText)
    for (const pair of [separator + separator, separator + end, end + separator]) unclean.add(pair);
  // An empty line: one NULL or one empty text, which differ as any other.
  const emptyMatters = dropsBlank || from.nullText !== to.nullText;
  if (emptyMatters) unclean.add(end + end);
  const needles = [...unclean].map((needle) => Buffer.from(needle, 'latin1'));
  return (chunk) => {
    if (emptyMatters && (chunk[0] === separator.charCodeAt(0) || chunk[0] === end.charCodeAt(0)))
      return false;
    return needles.every((needle) => !chunk.includes(needle)) && !endsOpen(chunk);
  };

  /** A last line without its end whose last field is empty. */
  function endsOpen(chunk: Buffer): boolean {
    return emptyMatters && chunk[chunk.length - 1] === separator.charCodeAt(0);
  }
}

function count(bytes: Buffer, code: number, length: number): number {
  let found = 0;
  for (let at = 0; at < length; at++) if (bytes[at] === code) found += 1;
  return found;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
