/** Arithmetic of the bench, and the forms of its rows. */

export const percentile = (numbers, share) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};
export const median = (numbers) => percentile(numbers, 0.5);

/** Between the end of each activity and the begin of the next. */
export const gapsOf = (ran) => ran.slice(1).map(({ beganMs }, at) => beganMs - ran[at].endedMs);
/** From the first begin to the last end. */
export const spanOf = (ran) =>
  ran.reduce((last, { endedMs }) => Math.max(last, endedMs), -Infinity) -
  ran.reduce((first, { beganMs }) => Math.min(first, beganMs), Infinity);
/** Activities a second. */
export const rateOf = (ran) => (1000 * ran.length) / spanOf(ran);

export const whole = (number) => number.toFixed(0);
export const one = (number) => number.toFixed(1);
export const two = (number) => number.toFixed(2);
export const line = (...cells) => `| ${cells.join(' | ')} |`;

const reached = (holds) => (holds ? 'reached' : '**missed**');

/** A row of the main table: what Penstock adds, in milliseconds, against at most `target`. */
export function addedRow(title, bare, penstock, target) {
  const more = penstock - bare;
  const judged = target === undefined ? '' : `≤ ${target} ms: ${reached(more <= target)}`;
  return line(title, one(bare), one(penstock), `${more < 0 ? '' : '+'}${one(more)} ms`, judged);
}

/** A row of the main table: Penstock's share of the baseline's rate, against at least `target`. */
export function rateRow(title, bare, penstock, target) {
  const share = penstock / bare;
  return line(title, one(bare), one(penstock), two(share), `≥ ${target}: ${reached(share >= target)}`);
}

/** A row of the main table of which nothing is judged. */
export const plainRow = (title, bare, penstock) => line(title, bare, penstock, '', '');
