import { uptime } from 'node:os';

/** Milliseconds, by several clocks. */
export type Clocks = () => readonly number[];

/**
 * Every clock there is: the first counts while this process is stopped, the second also while the machine sleeps, the third jumps
 * forward when a virtual machine goes on that was paused.
 */
const ALL_CLOCKS: Clocks = () => [performance.now(), uptime() * 1_000, Date.now()];

/**
 * Milliseconds since this call, whatever stood still meanwhile: the most that any clock says. A clock that was set forward makes it too
 * much, none makes it too little.
 */
export function elapsedSince(clocks: Clocks = ALL_CLOCKS): () => number {
  const since = clocks();
  return () => Math.max(...clocks().map((now, at) => now - (since[at] ?? now)));
}
