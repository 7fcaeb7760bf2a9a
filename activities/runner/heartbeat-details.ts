import { deflateSync } from 'node:zlib';
import type { LogTail } from '../logs/live-tail.js';

/** How far an attempt is, where its work can tell. */
export interface AttemptProgress {
  /** Whole per cent, 0 to 100. */
  readonly percentComplete?: number;
  /** Records (rows) so far. */
  readonly records?: number;
  /** Bytes so far. */
  readonly bytes?: number;
  /** Statements of a script that are done. */
  readonly statements?: number;
}

/** What each heartbeat of an attempt holds. The API shows `progress` and `log` of a running attempt. */
export interface HeartbeatDetails {
  /** When this try began, ISO-8601: with it the log begins anew. */
  readonly startedAt: string;
  readonly hostname: string;
  readonly progress?: AttemptProgress;
  readonly log: LogTail;
}

/**
 * Bytes of a tail as it is stored. Temporal keeps the last heartbeat of every pending activity in the state of its run, and
 * ends a run whose state is larger than 8 MiB (`limit.mutableStateSize.error`): 1,500 attempts at once, the most that one
 * run has in flight, stay below it. 16 KiB of a usual log are 2 to 4 KiB when compressed (codec/).
 */
const STORED_TAIL_BYTES = 4 * 1024;

/** The tail, cut at its beginning so far that it is at most `STORED_TAIL_BYTES` when compressed. */
export function fittedTail(tail: LogTail): LogTail {
  let { text } = tail;
  for (;;) {
    const bytes = Buffer.byteLength(text);
    const storedBytes = bytes <= STORED_TAIL_BYTES ? bytes : deflateSync(text).length;
    if (storedBytes <= STORED_TAIL_BYTES) return text === tail.text ? tail : { ...tail, text };
    const kept = Math.floor(text.length * Math.min(0.9, STORED_TAIL_BYTES / storedBytes));
    // Not in the middle of a character of two UTF-16 units.
    const cut = text.slice(text.length - kept).replace(/^[\uDC00-\uDFFF]/, '');
    const line = cut.indexOf('\n') + 1;
    text = line > 0 && line < cut.length ? cut.slice(line) : cut;
  }
}
