import { didYouMean } from '../../model/expression/suggest.js';

/** Variables of Penstock's other processes and of its command: one environment often serves several. */
const OF_OTHERS = [
  'PENSTOCK_EXAMPLE',
  'PENSTOCK_TEMPORAL',
  'PENSTOCK_TEMPORAL_PORT',
  'PENSTOCK_TEMPORAL_UI_PORT',
  'PENSTOCK_WORKER_GROUP',
  'PENSTOCK_TASK_QUEUE',
  'PENSTOCK_RUNNER_TASKS',
  'PENSTOCK_STOP_GRACE_SECONDS',
  'PENSTOCK_READY_FILE',
  'PENSTOCK_LOG_URI',
  'PENSTOCK_PARENT_PID',
  'PENSTOCK_SECRET_KEY',
  'PENSTOCK_URL',
  'PENSTOCK_TOKEN',
  'PENSTOCK_RECORD_HISTORIES',
  'PENSTOCK_ATTEMPT_ID',
  'PENSTOCK_INSTANCE_ID',
  'PENSTOCK_PIPELINE_ID',
];
/** Names that users make: secrets of alarms. */
const ANY_AFTER = 'PENSTOCK_ALARM_';

/** A warning for each variable `PENSTOCK_…` that nothing reads: a misspelt one would change nothing, and nobody would know. */
export function unknownSettings(
  env: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
): string[] {
  const names = [...known, ...OF_OTHERS];
  return Object.keys(env)
    .filter((name) => name.startsWith('PENSTOCK_') && !name.startsWith(ANY_AFTER) && !names.includes(name))
    .map((name) => `${name} is set, and there is no such setting${didYouMean(name, names)}`);
}
