/** A steady rate of calls: each begins at its moment, whether or not those before it were answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './calls.mjs';

const PATIENCE_MS = 30_000;

/** Makes the calls in turn, `perSecond` of them for `seconds`; answers their milliseconds by operation. A late begin counts, too. */
export async function measureRate({ call, calls, perSecond, seconds }) {
  const times = new Map(calls.map(({ operation }) => [operation, []]));
  const errors = [];
  const running = new Set();
  const startedMs = performance.now();
  const count = perSecond * seconds;
  for (let index = 0; index < count; index++) {
    const dueMs = startedMs + (index * 1000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const { operation, input } = calls[index % calls.length];
    const one = call(operation, input)
      .then(
        () => times.get(operation).push(performance.now() - dueMs),
        (error) => errors.push(error),
      )
      .finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.race([Promise.all(running), sleep(PATIENCE_MS, undefined, { ref: false })]);
  if (errors.length > 0) throw errors[0];
  const answered = [...times.values()].reduce((sum, { length }) => sum + length, 0);
  if (answered < count)
    throw new Error(`${count - answered} of ${count} calls were not answered within 30 s`);
  return { times, perSecond: count / ((performance.now() - startedMs) / 1000) };
}

export function rateLines({ times }, title) {
  return [...times].map(
    ([operation, all]) =>
      `| ${title} | ${operation} | ${all.length} | ${[0.5, 0.9, 0.99, 1].map((part) => percentile(all, part).toFixed(1)).join(' | ')} |`,
  );
}
