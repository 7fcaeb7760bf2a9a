import type { Inspection } from './inspection.js';
import type { PipelineObject } from './pipeline-definition.js';
import { problem, quote, type ProblemPlace } from './problem.js';

/** AWS's quotas. Here they are warnings, never limits. Source: semantics.md 17. */
const QUOTA = {
  objects: 100,
  fieldsPerObject: 50,
  nameBytes: 256,
  fieldBytes: 10_240,
  objectBytes: 15_360,
  parameters: 50,
  valuesBytes: 15_360,
} as const;

/** Fatal problems (nothing is saved) and AWS's quotas. Source: semantics.md 15, 17. */
export function checkStructure(inspection: Inspection): void {
  const { pipelineObjects, parameterObjects, parameterValues } = inspection.definition;
  const seen = new Set<string>();
  for (const [index, object] of pipelineObjects.entries()) {
    checkIdentity(inspection, object, index);
    if (seen.has(object.id)) {
      inspection.error(
        object.id,
        'id',
        `DUPLICATE_ID:  'id' ${quote(object.id)} is used by more than one object. Expected a different id for each.`,
      );
    }
    seen.add(object.id);
    checkFields(inspection, object);
  }
  exceeded(inspection, {}, 'objects', pipelineObjects.length, QUOTA.objects);
  exceeded(inspection, {}, 'parameters', parameterObjects.length, QUOTA.parameters);
  for (const { id, stringValue } of parameterValues) {
    if (id === '')
      inspection.error(
        undefined,
        undefined,
        `INVALID_PARAMETER:  the value ${quote(stringValue, '*')} has no parameter id.`,
      );
  }
  const valueBytes = sum(
    parameterValues.map(({ id, stringValue }) => utf8Bytes(id) + utf8Bytes(stringValue)),
  );
  exceeded(inspection, {}, 'bytes of parameter values', valueBytes, QUOTA.valuesBytes);
}

function checkIdentity(inspection: Inspection, object: PipelineObject, index: number): void {
  if (object.id === '') {
    const named = object.name === '' ? '' : ` named ${quote(object.name)}`;
    inspection.fatal(
      undefined,
      'id',
      `MISSING_FIELD:  'id' is missing on object number ${index + 1}${named}. Expected a unique id.`,
    );
  }
  if (object.name === '') {
    inspection.fatal(
      object.id,
      'name',
      `MISSING_FIELD:  'name' is missing on object ${quote(object.id)}. Expected a name.`,
    );
  }
}

function checkFields(inspection: Inspection, object: PipelineObject): void {
  const single = new Set<string>();
  let objectBytes = utf8Bytes(object.id) + utf8Bytes(object.name);
  for (const { key, stringValue, refValue } of object.fields) {
    const value = refValue ?? stringValue ?? '';
    if (key === '') {
      inspection.fatal(
        object.id,
        undefined,
        `INVALID_FIELD:  a field of object ${quote(object.id)} has no key. Expected the name of a field.`,
      );
    } else if (value === '') {
      const what = refValue === undefined ? 'text' : 'reference';
      inspection.fatal(
        object.id,
        key,
        `INVALID_FIELD_VALUE:  '${key}' of object ${quote(object.id)} is an empty ${what}. Expected a value, or no such field.`,
      );
    }
    if (key === 'type' || key === 'parent') {
      if (single.has(key)) {
        inspection.error(
          object.id,
          key,
          `INVALID_FIELD_VALUE:  '${key}' has several values, one of them ${quote(value)}. Expected one.`,
        );
      }
      single.add(key);
    }
    if (key === 'id' || key === 'name') {
      inspection.error(
        object.id,
        key,
        `INVALID_FIELD:  '${key}' is a member of the object, not one of its fields.`,
      );
    }
    const keyBytes = utf8Bytes(key);
    const valueBytes = utf8Bytes(value);
    objectBytes += keyBytes + valueBytes;
    if (keyBytes <= QUOTA.nameBytes && valueBytes <= QUOTA.fieldBytes) continue;
    const place = { objectId: object.id, field: key };
    exceeded(inspection, place, `bytes in the name of field ${quote(key)}`, keyBytes, QUOTA.nameBytes);
    exceeded(inspection, place, `bytes in field ${quote(key)}`, valueBytes, QUOTA.fieldBytes);
  }
  const place = { objectId: object.id };
  exceeded(inspection, { ...place, field: 'id' }, 'bytes in the id', utf8Bytes(object.id), QUOTA.nameBytes);
  exceeded(inspection, place, 'fields', object.fields.length, QUOTA.fieldsPerObject);
  exceeded(inspection, place, 'bytes in the object', objectBytes, QUOTA.objectBytes);
}

function exceeded(
  inspection: Inspection,
  place: ProblemPlace,
  what: string,
  count: number,
  quota: number,
): void {
  if (count <= quota) return;
  const text = `LIMIT_EXCEEDED:  ${count} ${what} are more than AWS Data Pipeline's quota of ${quota}. Penstock has no such limit.`;
  inspection.add(problem('warning', place, text));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Length in UTF-8; an unpaired surrogate counts as its replacement, three bytes. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
