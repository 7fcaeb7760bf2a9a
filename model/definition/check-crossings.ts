import { objectType } from '../objects/catalogue.js';
import { crossingsOf, MAXIMUM_CROSSINGS, tooManyCrossings } from '../schedule/crossings.js';
import { readSchedule, SCHEDULE_FIELDS, ScheduleError, type Schedule } from '../schedule/schedule.js';
import { isReference, referencesOf, type Component, type FieldValue } from './component.js';
import { valuesOf, type Inspection } from './inspection.js';

/** AWS: instances of smaller intervals that one instance may wait for. Source: semantics.md 4.6, 17. */
const MAXIMUM_ROLL_UPS = 32;
/** Stands for the first activation, of which validation knows nothing. */
const ANY_ACTIVATION = new Date(Date.UTC(2020, 0, 1));

/** Objects of different schedules that depend on each other: how many instances meet in one. Source: semantics.md 4.6, 17. */
export function checkCrossings(inspection: Inspection): void {
  if (inspection.isFull) return;
  const schedules = schedulesOf(inspection);
  if (schedules.size < 2) return;
  const nodes = new Map<string, Crossing>();
  for (const component of inspection.components.values()) {
    const category = objectType(component.type)?.category;
    const [scheduleId = ''] = referencesOf(component, 'schedule');
    const schedule = schedules.get(scheduleId);
    if (schedule === undefined || (category !== 'activity' && category !== 'datanode')) continue;
    nodes.set(component.id, { component, category, scheduleId, schedule, all: 0, waited: 0 });
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
  readonly schedule: Schedule;
  all: number;
  waited: number;
}

function count(node: Crossing | undefined, other: Crossing | undefined, waits: boolean): void {
  if (node === undefined || other === undefined) return;
  const crossings = crossingsOf(node.schedule, other.schedule);
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

/** The Schedules that can be read before a run; what is wrong with the others check-schedules.ts says. */
function schedulesOf(inspection: Inspection): Map<string, Schedule> {
  const schedules = new Map<string, Schedule>();
  for (const component of inspection.components.values()) {
    if (component.type !== 'Schedule') continue;
    const fields: Record<string, FieldValue[]> = {};
    for (const field of SCHEDULE_FIELDS) {
      const values = valuesOf(component, field).flatMap((value): readonly FieldValue[] =>
        isReference(value) ? [value] : (inspection.evaluate(value, component.id) ?? []),
      );
      if (values.length > 0) fields[field] = values;
    }
    try {
      schedules.set(component.id, readSchedule(fields, ANY_ACTIVATION, component.id));
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
    }
  }
  return schedules;
}
