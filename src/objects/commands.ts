import type { Component } from '../../model/definition/component.js';
import { InvalidRequest } from '../../model/errors.js';
import { OBJECT_TYPES } from '../../model/objects/catalogue.js';
import type { InstanceCommand } from '../schedules/pipeline-engine.js';

/** A status that SetStatus takes: what it is called on the wire, and for which sphere it is. */
export type ObjectCommand =
  | { readonly of: 'INSTANCE'; readonly name: string; readonly command: InstanceCommand }
  | { readonly of: 'COMPONENT'; readonly name: 'PAUSE' | 'RESUME' };

/** By their names on the wire, in any case; `CANCEL` is the older one. Source: api.md 2.2. */
const COMMANDS: Readonly<Record<string, ObjectCommand>> = {
  TRY_CANCEL: { of: 'INSTANCE', name: 'TRY_CANCEL', command: 'CANCEL' },
  CANCEL: { of: 'INSTANCE', name: 'CANCEL', command: 'CANCEL' },
  RERUN: { of: 'INSTANCE', name: 'RERUN', command: 'RERUN' },
  MARK_FINISHED: { of: 'INSTANCE', name: 'MARK_FINISHED', command: 'MARK_FINISHED' },
  PAUSE: { of: 'COMPONENT', name: 'PAUSE' },
  RESUME: { of: 'COMPONENT', name: 'RESUME' },
};

/** The command that `status` stands for. @throws InvalidRequest quoting what is none */
export function commandOf(status: string): ObjectCommand {
  const name = status.toUpperCase();
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  throw new InvalidRequest(
    `Status "${status}" is unknown: expected TRY_CANCEL, RERUN or MARK_FINISHED for instances, PAUSE or RESUME for components`,
  );
}

const PAUSABLE = new Set(['activity', 'datanode', 'resource', 'precondition']);

/**
 * Whether the component is one that PAUSE keeps from working. Our choice: not actions, which would all fire late; what they are for
 * can be paused.
 */
export function mayBePaused(component: Component | undefined): boolean {
  const type = component?.type;
  if (type === undefined || !Object.hasOwn(OBJECT_TYPES, type) || type === 'HttpProxy') return false;
  return PAUSABLE.has(OBJECT_TYPES[type]?.category ?? '');
}
