import type { PipelineObject } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import type { ObjectSelector } from '../store/object-selector.js';

/** Fields by which components can be found: those of api.md 2.2 that a component has. */
const COMPONENT_FIELDS = new Set(['name', 'parent', '@sphere', '@status']);
/** Those of api.md 2.2 that only instances and attempts have: they match no component. */
const RUNTIME_FIELDS = new Set([
  '@componentParent',
  '@instanceParent',
  '@scheduledStartTime',
  '@scheduledEndTime',
  '@actualStartTime',
  '@actualEndTime',
]);

/**
 * True when the component matches every selector. A field that it does not have matches none: `@status` is of `paused` ones.
 * @throws InvalidRequest for a field or operator that cannot be queried.
 */
export function matchesSelectors(
  object: PipelineObject,
  selectors: readonly ObjectSelector[],
  paused: ReadonlySet<string>,
): boolean {
  return selectors.every((selector) => matches(object, selector, paused));
}

function matches(
  object: PipelineObject,
  { fieldName, type, values }: ObjectSelector,
  paused: ReadonlySet<string>,
): boolean {
  if (RUNTIME_FIELDS.has(fieldName)) return false;
  if (!COMPONENT_FIELDS.has(fieldName)) {
    throw new InvalidRequest(
      `Field "${fieldName}" cannot be queried in sphere COMPONENT: expected name, parent, @sphere or @status`,
    );
  }
  if (type !== 'EQ' && type !== 'REF_EQ') {
    throw new InvalidRequest(`Operator ${type} does not fit field "${fieldName}": expected EQ or REF_EQ`);
  }
  if (fieldName === 'name') return values.includes(object.name);
  if (fieldName === '@sphere') return values.includes('COMPONENT');
  if (fieldName === '@status')
    return paused.has(object.id) && values.some((value) => value.toUpperCase() === 'PAUSED');
  return object.fields.some(
    ({ key, refValue }) => key === 'parent' && refValue !== undefined && values.includes(refValue),
  );
}
