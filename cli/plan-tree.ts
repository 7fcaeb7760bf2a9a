import type { Need } from '../model/instance/plan.js';
import type { PlannedValue } from '../model/instance/planned-fields.js';
import type { PlanEntry } from '../model/instance/plan-range.js';

/** Intervals, in each its instances, with each what it waits for and its fields. */
export function* planTree(entries: Iterable<PlanEntry>): Generator<string> {
  let last: string | undefined;
  for (const entry of entries) {
    const interval = `${entry.scheduleId}  ${entry.scheduledStartTime} to ${entry.scheduledEndTime}\n`;
    if (interval !== last) yield last === undefined ? interval : `\n${interval}`;
    last = interval;
    yield instanceText(entry);
  }
}

function instanceText(entry: PlanEntry): string {
  const lines = [
    `due ${entry.dueTime}, ${queueText(entry)}`,
    ...entry.dependencies.map(
      (need) => `waits for ${need.instanceId}: ${REASON[need.reason]}${elsewhere(need)}`,
    ),
    ...(entry.condition === undefined ? [] : [`then runs if ${entry.condition}, else is SKIPPED`]),
    ...Object.entries(entry.fields).map(([name, values]) => `${name} = ${values.map(valueText).join(', ')}`),
  ];
  const branches = lines.map((line, index) => {
    const isLast = index === lines.length - 1;
    const [first, ...rest] = line.split('\n');
    const indent = `\n     ${isLast ? ' ' : '│'}    `;
    return `     ${isLast ? '└─' : '├─'} ${[first, ...rest].join(indent)}\n`;
  });
  return `  ${entry.id}  ${entry.type}\n${branches.join('')}`;
}

/** Why an instance waits for another. Source: semantics.md 6.1, 6.2. */
const REASON: Readonly<Record<Need['reason'], string>> = {
  input: 'it is its input',
  dependsOn: 'dependsOn',
  producer: 'it writes this data',
  precondition: 'it is its precondition',
};

function elsewhere(need: Need): string {
  return need.elsewhere ? ' (on another schedule, its interval overlaps)' : '';
}

function queueText({ worker, taskQueue }: PlanEntry): string {
  return worker === 'nobody'
    ? 'nobody works on it: neither runsOn nor workerGroup is given'
    : `task queue ${taskQueue}`;
}

function valueText(value: PlannedValue): string {
  if (typeof value === 'string') return value;
  return 'ref' in value
    ? `→ ${value.ref}`
    : `${value.unresolved}  (not known before the run: ${value.reason})`;
}
