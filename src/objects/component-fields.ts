import type { Component } from '../../model/definition/component.js';
import type { Field, PipelineObject } from '../../model/definition/pipeline-definition.js';
import type { ComponentOutcome } from '../store/object-selector.js';
import type { Pause } from '../store/pause-store.js';
import { healthOf } from './health.js';
import { componentFields, textField, timeField } from './wire-fields.js';

/** What DescribeObjects adds to a component. */
export interface ComponentFacts {
  readonly pipelineId: string;
  /** AWS's `@version`; undefined before the first activation. */
  readonly activation: number | undefined;
  /** Schedules only: when the pipeline was activated first. */
  readonly firstActivatedAt?: string | undefined;
  readonly outcome?: ComponentOutcome | undefined;
  /** Absent while it is not paused. */
  readonly pause?: Pause | undefined;
}

/** Fields of an object of sphere COMPONENT: as put, and what is known of it. Source: objects.yaml runtime_fields. */
export function fieldsOfComponent(own: readonly Field[], facts: ComponentFacts): Field[] {
  const health = facts.outcome === undefined ? undefined : healthOf(facts.outcome);
  const isSchedule = own.some((field) => field.key === 'type' && field.stringValue === 'Schedule');
  return [
    ...own,
    ...textField('@sphere', 'COMPONENT'),
    ...textField('@pipelineId', facts.pipelineId),
    ...textField('@version', facts.activation),
    ...(isSchedule ? timeField('@firstActivationTime', facts.firstActivatedAt) : []),
    ...textField('@status', facts.pause === undefined ? undefined : 'PAUSED'),
    // Our own: who did it, and when.
    ...textField('@pausedBy', facts.pause?.pausedBy),
    ...timeField('@pausedTime', facts.pause?.pausedAt),
    ...textField('@healthStatus', health?.status),
    ...textField('@healthStatusFromInstanceId', health === undefined ? undefined : facts.outcome?.instanceId),
    ...timeField('@healthStatusUpdatedTime', health?.updatedAt),
  ];
}

/** The component as it was put, but with its expressions evaluated: `evaluated` in the order of its own fields. */
export function withEvaluated(object: PipelineObject, evaluated: Component): Field[] {
  const keep = object.fields.filter((field) => field.key === 'type' || field.key === 'parent');
  return [...keep, ...componentFields(evaluated)];
}
