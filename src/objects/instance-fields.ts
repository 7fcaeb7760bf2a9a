import type { Component } from '../../model/definition/component.js';
import { attemptIdOf } from '../../model/instance/ids.js';
import type { Field } from '../../model/definition/pipeline-definition.js';
import type { AttemptRow, InstanceRow } from '../store/object-selector.js';
import { componentFields, referenceFields, textField, timeField } from './wire-fields.js';

/**
 * Fields of an object of sphere INSTANCE: its component's, where references to objects with instances point at
 * these, and what the ledger knows of it. Source: semantics.md 5, objects.yaml runtime_fields.
 */
export function instanceFields(row: InstanceRow, component: Component | undefined): Field[] {
  const ended = row.actualEnd;
  return [
    ...inherited(component, row.type, row.references),
    ...textField('@sphere', 'INSTANCE'),
    ...textField('@id', row.id),
    ...common(row),
    ...referenceFields('@headAttempt', row.attemptCount > 0 ? [attemptIdOf(row.id, row.attemptCount)] : []),
    ...textField('@attemptCount', row.attemptCount),
    ...textField('@triesLeft', row.triesLeft),
    ...timeField('@finishedTime', ended),
    ...referenceFields('@waitingOn', row.status === 'WAITING_ON_DEPENDENCIES' ? row.waitingOn : []),
    ...referenceFields('@cascadeFailedOn', row.cascadeFailedOn),
    ...textField('cancellationReason', row.cancellationReason),
    ...textField('@resourceId', row.resourceId),
    ...(row.kind === 'resource' ? textField('@resourceStatus', row.status) : []),
    ...(row.kind === 'resource' ? textField('@failureReason', row.errorMessage) : []),
  ];
}

/** Fields of an object of sphere ATTEMPT; `references` are those of its instance. */
export function attemptFields(
  row: AttemptRow,
  component: Component | undefined,
  references: InstanceRow['references'] = {},
): Field[] {
  return [
    ...inherited(component, row.type, references),
    ...textField('@sphere', 'ATTEMPT'),
    ...textField('@id', row.id),
    ...referenceFields('@instanceParent', [row.instanceId]),
    ...common(row),
  ];
}

function inherited(
  component: Component | undefined,
  type: string,
  references: InstanceRow['references'],
): Field[] {
  // What was made with an older version may have lost its component.
  const own = component === undefined ? [] : componentFields(component, new Set(Object.keys(references)));
  return [
    ...textField('type', type),
    ...own,
    ...Object.entries(references).flatMap(([key, ids]) => referenceFields(key, ids)),
  ];
}

/** What instances and attempts share. */
function common(row: InstanceRow | AttemptRow): Field[] {
  return [
    ...referenceFields('@componentParent', [row.componentId]),
    ...referenceFields('parent', [row.componentId]),
    ...textField('@pipelineId', row.pipelineId),
    ...textField('@version', row.activation),
    ...textField('@status', row.status),
    ...timeField('@scheduledStartTime', row.scheduledStart),
    ...timeField('@scheduledEndTime', row.scheduledEnd),
    ...timeField('@actualStartTime', row.actualStart),
    ...timeField('@actualEndTime', row.actualEnd),
    ...textField('hostname', row.hostname),
    ...textField('errorId', row.errorId),
    ...textField('errorMessage', row.errorMessage),
    ...textField('errorStackTrace', row.errorStackTrace),
    ...textField('@logLocation', row.logLocation),
  ];
}
