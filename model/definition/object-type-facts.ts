import { ABSTRACT_TYPES, OBJECT_TYPES } from '../objects/catalogue.js';
import type { Category, ObjectType } from '../objects/object-type.js';
import { RUNNABLE_TYPES, USABLE_TYPES } from './runnable.js';

/**
 * What this version does with a type. runs: its instances run; used: activities and schedules read it; validated: definitions
 * may hold it, but not where something that runs needs it.
 */
export type Support = 'runs' | 'used' | 'validated';

/** A type of the catalogue, as the API and the documentation show it. */
export interface ObjectTypeFacts extends ObjectType {
  readonly name: string;
  readonly support: Support;
  /** The groups of types that it belongs to; a reference may name a group. */
  readonly groups: readonly string[];
}

/** Categories as the documentation orders them, with their titles. */
export const CATEGORY_TITLES: Readonly<Record<Category, string>> = {
  activity: 'Activities',
  datanode: 'Data nodes',
  resource: 'Resources',
  precondition: 'Preconditions',
  action: 'Actions',
  trigger: 'Triggers',
  schedule: 'Schedules',
  database: 'Databases',
  dataformat: 'Data formats',
  utility: 'Utilities',
};

/** Everything that is known of each type, in the order of the catalogue. */
export function objectTypeFacts(): ObjectTypeFacts[] {
  return Object.entries(OBJECT_TYPES).map(([name, type]) => ({
    name,
    ...type,
    support: supportOf(name),
    groups: Object.entries(ABSTRACT_TYPES).flatMap(([group, names]) => (names.includes(name) ? [group] : [])),
  }));
}

/** What this version does with the type of that wire name. */
export function supportOf(name: string): Support {
  if (RUNNABLE_TYPES.some((each) => each === name)) return 'runs';
  return name === 'Schedule' || USABLE_TYPES.some((each) => each === name) ? 'used' : 'validated';
}
