import type { RunBounds } from './contract.js';

/**
 * Temporal warns of histories of more than 10,240 events and ends those of 51,200. An attempt in the run's own history costs six events,
 * ten when it says that it has started; one in a lane costs the run nine to eighteen when it comes alone, and a lane twelve to twenty-four.
 */
export const RUN_BOUNDS: RunBounds = {
  lanesFrom: 1_000,
  attemptsPerLane: 300,
  // Until nothing is on its way any more, some hundred events come.
  eventsPerHistory: 8_000,
};
/** A run that has come so far by tries that nobody planned gives attempts to lanes from then on. */
export const EVENTS_BEFORE_LANES = 7_000;
/** The same limit for bytes; Temporal warns at 10 MB. */
export const BYTES_PER_HISTORY = 8 * 1024 * 1024;
/** Attempts that one workflow task schedules: many more exceed its ten seconds, or the 4 MB that its answer may have. */
export const BURST = 200;
/** Characters of the tasks in one message to a lane: a payload may have 2 MB. */
export const MESSAGE_CHARACTERS = 500_000;
/** News in one report: an outcome has up to some 10 KB. */
export const NEWS_PER_REPORT = 100;
/**
 * Reports that a lane sends before one is acknowledged. A run that wants a new history acknowledges no more, so that they cease:
 * Temporal lets nobody continue as new while signals come in. Forty lanes together stay within the 100 events that it buffers.
 */
export const REPORTS_UNDER_WAY = 4;
