import { objectType } from '../objects/catalogue.js';
import { crossingsAt, MAXIMUM_CROSSINGS, tooManyCrossings, type Pace } from '../schedule/crossings.js';
import { referencesOf, type Component } from './component.js';
import type { Inspection } from './inspection.js';

/** AWS: instances of smaller intervals that one instance may wait for. Source: semantics.md 4.6, 17. */
const MAXIMUM_ROLL_UPS = 32;

/**
 * Objects of different schedules that depend on each other: how many instances meet in one. `paces`: of the
 * Schedules that can be read before a run. Source: semantics.md 4.6, 17.
 */
export function checkCrossings(inspection: Inspection, paces: ReadonlyMap<string, Pace>): void {
  if (paces.size < 2) return;
  const nodes = new Map<string, Crossing>();
  for (const component of inspection.components.values()) {
    const category = objectType(component.type)?.category;
    const [scheduleId = ''] = referencesOf(component, 'schedule');
    const pace = paces.get(scheduleId);
    if (pace === undefined || (category !== 'activity' && category !== 'datanode')) continue;
    nodes.set(component.id, { component, category, scheduleId, pace, all: 0, waited: 0 });
  }
  for (const node of nodes.values()) {
    const waitsFor = (id: string) => count(node, nodes.get(id), true);
    referencesOf(node.component, 'dependsOn').forEach(waitsFor);
    if (node.category !== 'activity') continue;
    referencesOf(node.component, 'input').forEach(waitsFor);
    for (const id of referencesOf(node.component, 'output')) {
      count(node, nodes.get(id), false);
      count(nodes.get(id), node, true); // the data node waits for what writes it
    }
  }
  for (const node of nodes.values()) report(inspection, node);
}

/** An object, and with how many instances of other schedules each of its own meets. */
interface Crossing {
  readonly component: Component;
  readonly category: 'activity' | 'datanode';
  readonly scheduleId: string;
  readonly pace: Pace;
  all: number;
  waited: number;
}

function count(node: Crossing | undefined, other: Crossing | undefined, waits: boolean): void {
  if (node === undefined || other === undefined || node.scheduleId === other.scheduleId) return;
  const crossings = crossingsAt(node.pace, other.pace);
  node.all += crossings;
  if (waits && crossings > 1) node.waited += crossings;
}

function report(inspection: Inspection, { component, scheduleId, all, waited }: Crossing): void {
  const { id } = component;
  const owner = inspection.ownerOf(id, 'schedule');
  if (all > MAXIMUM_CROSSINGS) {
    inspection.error(owner, 'schedule', `LIMIT_EXCEEDED:  ${tooManyCrossings(id, scheduleId, all)}`);
  } else if (Math.ceil(waited) > MAXIMUM_ROLL_UPS) {
    const text = `LIMIT_EXCEEDED:  each instance of "${id}" waits for some ${Math.ceil(waited)} of shorter schedules, more than AWS Data Pipeline's quota of ${MAXIMUM_ROLL_UPS} roll-ups into one object. Penstock has no such limit.`;
    inspection.warn(id, 'schedule', text);
  }
}
