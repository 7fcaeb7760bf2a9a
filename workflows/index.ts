/** The workflow bundle: everything the control worker can run. */
export { runInterval } from './run-interval.workflow.js';
export { runAttempts } from './run-attempts.workflow.js';
export { startIntervals } from './start-intervals.workflow.js';
export { activatePipeline, deactivatePipeline, deletePipeline } from './lifecycle.workflow.js';
export { backfill } from './backfill.workflow.js';
