import { OBJECT_TYPES } from '../objects/catalogue.js';
import type { Inspection } from './inspection.js';

/** Most fields that are looked up in the expressions. Our choice: each is searched in all of them. */
const MAXIMUM_LOOKUPS = 20;

/**
 * Fields of Default and of parents without a type. Anything may stand there, to be read by expressions (observed.md); so
 * only what no type has, nothing reads, and one letter or two would make a field of AWS's, is told.
 */
export function checkInheritedNames(inspection: Inspection): void {
  const known = new Set(Object.values(OBJECT_TYPES).flatMap(({ fields }) => Object.keys(fields)));
  let lookups = 0;
  for (const { id, fields } of inspection.objects.values()) {
    if (inspection.components.get(id)?.type !== undefined) continue;
    for (const key of new Set(fields.map((field) => field.key))) {
      if (known.has(key) || key === '' || VERBATIM.test(key)) continue;
      const hint = inspection.suggest(key, known);
      if (hint === '' || ++lookups > MAXIMUM_LOOKUPS || inspection.isRead(key)) continue;
      const text = `INVALID_FIELD:  '${key}' is not a field of any type, and no expression reads it${hint}`;
      inspection.warn(id, key, text);
    }
  }
}

/** Members of the object, fields of the user's, and runtime fields. */
const VERBATIM = /^(id|name|type|parent|\*?my[A-Z_].*|@.*)$/s;
