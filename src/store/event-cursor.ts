/*
 * Where a reader of events is. Ids are given when a row is written, but a row shows when its transaction commits: a lower id
 * may show after a higher one. So a cursor has, beside the highest id that was read, the ids below it that were not there:
 * they come later, or never when their transaction was rolled back. To wait for them would let one long transaction hold up
 * everything; to forget them would lose events. Both are in the text of a cursor, so that any process can go on from it.
 */

/** Ids `from` to `to` were not there when they should have been. */
export interface MissingIds {
  readonly from: number;
  readonly to: number;
  /** The transactions that can have them are older than this transaction id. */
  readonly before: number;
}

/** A place in the events: everything up to `high` was read, but what is missing. */
export interface EventCursor {
  readonly high: number;
  /** In order, no two of them overlap. */
  readonly missing: readonly MissingIds[];
}

/** The transactions at the time of a read. */
export interface SeenTransactions {
  /** All below it had ended, and the read saw what they wrote. */
  readonly xmin: number;
  /** None from it on had begun. Needed only where ids are missing (`isGapless`). */
  readonly next: number;
}

/** True when a read of `ids` at `cursor` leaves no gap above the cursor. */
export function isGapless({ high }: EventCursor, ids: readonly number[]): boolean {
  const above = ids.filter((id) => id > high);
  return (above.at(-1) ?? high) === high + above.length;
}

/** Ranges that a cursor remembers; a cursor that is sent on and on must not grow. The oldest are given up. */
const MOST_MISSING = 50;

/**
 * The cursor after a read of `ids`, in order: all that were there of `cursor.missing` and above `cursor.high`, up to `limit`.
 */
export function advanceCursor(
  cursor: EventCursor,
  ids: readonly number[],
  { xmin, next }: SeenTransactions,
  limit: number,
): EventCursor {
  // What lies behind the last of a full page was not looked at.
  const lookedAt = ids.length >= limit ? (ids.at(-1) ?? 0) : Number.POSITIVE_INFINITY;
  const found = new Set(ids);
  const missing: MissingIds[] = [];
  for (const range of cursor.missing) {
    if (range.from > lookedAt) missing.push(range);
    // All who could have had them have ended, and this read would have seen what they wrote.
    else if (range.before > xmin || range.to > lookedAt) missing.push(...without(range, found));
  }
  let high = cursor.high;
  for (const id of ids) {
    if (id <= high) continue;
    if (id > high + 1) missing.push({ from: high + 1, to: id - 1, before: next });
    high = id;
  }
  return { high, missing: missing.slice(-MOST_MISSING) };
}

/** The cursor after each of `ids`, the ids of one read: where to go on for who has only some of them. */
export function cursorsBetween(cursor: EventCursor, ids: readonly number[], next: number): EventCursor[] {
  let at = cursor;
  return ids.map((id) => (at = advanceCursor(at, [id], { xmin: 0, next }, 1)));
}

function without({ from, to, before }: MissingIds, found: ReadonlySet<number>): MissingIds[] {
  const inside = [...found].filter((id) => id >= from && id <= to);
  const ranges: MissingIds[] = [];
  let next = from;
  for (const id of [...inside, to + 1]) {
    if (id > next) ranges.push({ from: next, to: id - 1, before });
    next = id + 1;
  }
  return ranges;
}

/** `1042`, or with what is missing `1042.1003-1005x88217`: an SSE id. */
export function printCursor({ high, missing }: EventCursor): string {
  return [high, ...missing.map(({ from, to, before }) => `${from}-${to}x${before}`)].join('.');
}

/** The inverse of `printCursor`; undefined for any other text. */
export function parseCursor(text: string): EventCursor | undefined {
  if (!/^\d{1,15}(\.\d{1,15}-\d{1,15}x\d{1,15}){0,50}$/.test(text)) return undefined;
  const [high = '', ...ranges] = text.split('.');
  const missing = ranges.map((range) => {
    const [from = 0, to = 0, before = 0] = range.split(/[-x]/).map(Number);
    return { from, to, before };
  });
  const inOrder = missing.every(
    ({ from, to }, index) => from <= to && from > (missing[index - 1]?.to ?? 0) && to <= Number(high),
  );
  return inOrder ? { high: Number(high), missing } : undefined;
}
