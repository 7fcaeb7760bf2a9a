import { describe, expect, it } from 'vitest';
import { ABSTRACT_TYPES, fieldOf, OBJECT_TYPES, objectType, targetTypes } from './catalogue.js';

describe('the catalogue', () => {
  it('has the 41 types of AWS Data Pipeline', () => {
    const ofAws = Object.values(OBJECT_TYPES).filter(({ extension }) => extension !== true);
    expect(ofAws).toHaveLength(41);
  });

  it.each(Object.entries(OBJECT_TYPES))('of %s refers to types and fields that exist', (_, type) => {
    for (const field of Object.values(type.fields)) {
      for (const name of targetTypes(field.targets ?? []) ?? []) expect(objectType(name)).toBeDefined();
      for (const name of field.group ?? []) expect(fieldOf(type, name)).toBeDefined();
      expect(field.kind === 'enum').toBe(field.values !== undefined);
      expect(field.use === 'oneOf').toBe(field.group !== undefined);
    }
  });

  it('is safe for names that every object has', () => {
    expect(objectType('constructor')).toBeUndefined();
    expect(
      Object.values(OBJECT_TYPES)
        .map((type) => fieldOf(type, '__proto__'))
        .find(Boolean),
    ).toBeUndefined();
    for (const names of Object.values(ABSTRACT_TYPES))
      for (const name of names) expect(objectType(name)).toBeDefined();
  });
});
