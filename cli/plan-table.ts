import type { PlanEntry } from '../model/instance/plan-range.js';
import { tableLine } from './table.js';

const TITLES = ['due', 'instance', 'type', 'works on it', 'waits for'];
const TIME = 'YYYY-MM-DDTHH:MM:SSZ'.length;
/** Widths of the columns whose content is not known before the end of the stream. */
const TYPE = 24;
const WORKER = 24;
/** So many dependencies are named in a line. */
const NAMED = 3;

/** One line an instance, as they come. */
export function* planTable(entries: Iterable<PlanEntry>, objectIds: readonly string[]): Generator<string> {
  const longest = objectIds.reduce((most, id) => Math.max(most, id.length), 0);
  const widths = [TIME, Math.max(longest + TIME + 1, 'instance'.length), TYPE, WORKER, 0];
  let isFirst = true;
  for (const entry of entries) {
    if (isFirst) yield tableLine(TITLES, widths);
    isFirst = false;
    const { dueTime, id, type } = entry;
    yield tableLine([dueTime, id, type, workerText(entry), waitsFor(entry)], widths);
  }
}

function waitsFor({ dependencies, condition }: PlanEntry): string {
  const named = dependencies.slice(0, NAMED).map(({ instanceId }) => instanceId);
  const more = dependencies.length > NAMED ? [`and ${dependencies.length - NAMED} more`] : [];
  const waits = [...named, ...more].join(', ');
  return condition === undefined ? waits : `${waits}; then if ${condition}`.replace(/^; /, '');
}

function workerText({ worker, taskQueue, resource }: PlanEntry): string {
  return worker === 'nobody' ? '(nobody)' : (resource ?? taskQueue);
}
