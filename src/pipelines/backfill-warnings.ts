import { referencesOf, type Component } from '../../model/definition/component.js';
import { Inspection } from '../../model/definition/inspection.js';
import type { DefinitionProblem, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { OBJECT_TYPES } from '../../model/objects/catalogue.js';

/**
 * The one warning that AWS documents: cascade mode together with a start in the past. It needs to know what time it is,
 * so it stands beside the API and not in model/. Source: semantics.md 15.
 */
export function backfillWarnings(definition: PipelineDefinition, now: Date): DefinitionProblem[] {
  // Inheritance costs its time in a large definition, and few say `cascade`.
  const { pipelineObjects } = definition;
  if (!pipelineObjects.some(({ fields }) => fields.some(({ key }) => key === 'failureAndRerunMode')))
    return [];
  // The mode and the start may come from parameters.
  const inspection = new Inspection(definition);
  const { components } = inspection;
  return [...components.values()].flatMap((component): DefinitionProblem[] => {
    if (
      !hasInstances(component) ||
      inspection.textOf(component, 'failureAndRerunMode')?.toLowerCase() !== 'cascade'
    )
      return [];
    const schedule = components.get(referencesOf(component, 'schedule')[0] ?? '');
    const start = schedule === undefined ? undefined : inspection.textOf(schedule, 'startDateTime');
    // What is no date compares as NaN: validation has named it already.
    if (start === undefined || !(Date.parse(`${start}Z`) < now.getTime())) return [];
    return [
      {
        severity: 'warning',
        objectId: component.id,
        field: 'failureAndRerunMode',
        message:
          `Object "${component.id}": failureAndRerunMode is cascade and its backfill starts in the past, at ${start}: ` +
          `when something fails, objects are made in rapid succession`,
      },
    ];
  });
}

/** Others, Schedules above all, inherit the field from Default without a use for it. */
function hasInstances({ type }: Component): boolean {
  if (type === undefined || !Object.hasOwn(OBJECT_TYPES, type)) return false;
  return OBJECT_TYPES[type]?.runtimeFields !== 'definition_only';
}
