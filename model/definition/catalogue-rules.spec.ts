import { describe, expect, it } from 'vitest';
import { ABSTRACT_TYPES, OBJECT_TYPES, targetTypes } from '../objects/catalogue.js';
import type { FieldDefinition, FieldKind, ObjectType } from '../objects/object-type.js';
import type { DefinitionProblem, Field, PipelineObject } from './pipeline-definition.js';
import { validateDefinition } from './validate.js';

/** Tests made of the catalogue: every type, every field. What single types ask beyond it has its rows in rules-*.spec.ts. */
const TYPES = Object.entries(OBJECT_TYPES);
const FIELDS = TYPES.flatMap(([type, { fields }]) =>
  Object.entries(fields)
    .filter(([, { use, readOnly }]) => use !== 'forbidden' && readOnly !== true)
    .map(([field, definition]) => ({ type, field, definition })),
);

/** A value of each kind that is not one, and what must be said of it. */
const WRONG: Readonly<Partial<Record<FieldKind, readonly [string, RegExp]>>> = {
  int: ['several', /is not a whole number|is not a number of runs/],
  double: ['half', /is not a number/],
  boolean: ['perhaps', /is not true or false/],
  datetime: ['tomorrow', /expected YYYY-MM-DDTHH:MM:SS/],
  period: ['a while', /expected a whole number and minutes, hours/],
  enum: ['@@', /is not one of|expected FIRST_ACTIVATION_DATE_TIME/],
};
const RIGHT: Readonly<Record<Exclude<FieldKind, 'enum' | 'reference'>, string>> = {
  string: 'text',
  int: '1',
  double: '0.5',
  boolean: 'true',
  datetime: '2030-01-01T00:00:00',
  period: '1 day',
};

/** Texts that must have a form of their own. */
const FORMS: Readonly<Record<string, string>> = {
  'Ec2Resource.spotBidPrice': '0.5',
  'EmrCluster.masterInstanceBidPrice': '0.5',
  'EmrCluster.coreInstanceBidPrice': '0.5',
  'EmrCluster.taskInstanceBidPrice': '0.5',
  'Schedule.cronExpression': '30 6 * * MON-FRI',
  'EmailAlarm.to': 'somebody@example.org',
  'WebhookAlarm.url': 'https://example.org/hook',
  'WebhookAlarm.*url': 'https://example.org/hook',
  'ObjectCreatedTrigger.directoryPath': 's3://bucket/prefix',
  'PipelineFinishedTrigger.pipelineId': 'df-0123456789ABCDEFGHIJ',
};

function rightValue(type: string, name: string, definition: FieldDefinition): string | undefined {
  if (definition.kind === 'reference') return undefined;
  if (definition.kind === 'enum') return definition.values?.[0];
  return FORMS[`${type}.${name}`] ?? RIGHT[definition.kind];
}

/** An object of the type with the fields that it needs, but for `without`, and objects for its references. */
function objectOf(typeName: string, without: readonly string[] = []): PipelineObject[] {
  const type = OBJECT_TYPES[typeName];
  if (type === undefined) throw new Error(`there is no type ${typeName}`);
  const needed = Object.entries(type.fields).filter(
    ([name, { use, group }]) => use === 'required' || (use === 'oneOf' && group?.[0] === name),
  );
  const others: PipelineObject[] = [];
  const fields = needed
    .filter(([name]) => !without.includes(name))
    .flatMap(([name, definition]): Field[] => {
      const text = rightValue(typeName, name, definition);
      if (text !== undefined) return [{ key: name, stringValue: text }];
      const target = targetTypes(definition.targets ?? [])?.[0] ?? 'Terminate';
      if (name === 'runsOn') return [];
      others.push({ ...bare(target), id: `For-${name}` });
      return [{ key: name, refValue: `For-${name}` }];
    });
  return [
    { id: 'Object', name: 'Object', fields: [{ key: 'type', stringValue: typeName }, ...fields] },
    ...others,
  ];
}

/** An object of the type, to be referred to only: what it lacks is its own affair. */
function bare(type: string): PipelineObject {
  return { id: type, name: type, fields: [{ key: 'type', stringValue: type }] };
}

function withFields([object, ...others]: readonly PipelineObject[], ...fields: Field[]): PipelineObject[] {
  if (object === undefined) throw new Error('there is no object');
  const keys = new Set(fields.map(({ key }) => key));
  return [
    { ...object, fields: [...object.fields.filter(({ key }) => !keys.has(key)), ...fields] },
    ...others,
  ];
}

/** What is said of the object itself. */
function problemsOf(objects: readonly PipelineObject[]): DefinitionProblem[] {
  const surroundings: PipelineObject[] = [
    {
      id: 'Default',
      name: 'Default',
      fields: [
        { key: 'scheduleType', stringValue: 'cron' },
        { key: 'schedule', refValue: 'Daily' },
        { key: 'workerGroup', stringValue: 'wg' },
      ],
    },
    {
      id: 'Daily',
      name: 'Daily',
      fields: [
        { key: 'type', stringValue: 'Schedule' },
        { key: 'period', stringValue: '1 day' },
        { key: 'startDateTime', stringValue: '2024-01-01T00:00:00' },
      ],
    },
  ];
  return validateDefinition({
    pipelineObjects: [...surroundings, ...objects],
    parameterObjects: [],
    parameterValues: [],
  }).filter(({ objectId }) => objectId === 'Object');
}

const errorsOf = (objects: readonly PipelineObject[]) =>
  problemsOf(objects).filter(({ severity }) => severity !== 'warning');

describe('every type', () => {
  it.each(TYPES.map(([name]) => name))('%s is accepted with the fields that it needs', (name) => {
    expect(errorsOf(objectOf(name))).toEqual([]);
  });

  const long = TYPES.map(([name]) => name).filter((name) => name.length > 3);
  it.each(long)('%s misspelled is found again', (name) => {
    const misspelled = `${name.slice(0, -2)}${name.slice(-1)}x`;
    const [problem] = errorsOf(withFields(objectOf(name), { key: 'type', stringValue: misspelled }));
    expect(problem).toMatchObject({ objectId: 'Object', field: 'type' });
    expect(problem?.message).toContain(`'type' "${misspelled}" is not a type of object; did you mean "`);
  });

  it.each(TYPES.flatMap(([name, type]) => missable(type).map((field) => [name, field] as const)))(
    '%s without %s is refused',
    (name, field) => {
      expect(problemsOf(objectOf(name, [field]))).toContainEqual(
        expect.objectContaining({ field, message: expect.stringContaining(`'${field}'`) }),
      );
    },
  );

  it.each(TYPES.flatMap(([name, { fields }]) => groupsOf(fields).map((group) => [name, group] as const)))(
    '%s has one of %s',
    (name, group) => {
      const missing = problemsOf(objectOf(name, group));
      // The worker group of Default counts: runsOn or workerGroup have their rows in rules-*.spec.ts.
      if (group.includes('workerGroup')) expect(missing).toEqual([]);
      else expect(missing).toContainEqual(expect.objectContaining({ field: group[0] }));
      for (const member of group.filter((each) => each !== 'runsOn')) {
        const definition = OBJECT_TYPES[name]?.fields[member];
        const text = definition === undefined ? undefined : rightValue(name, member, definition);
        expect(errorsOf(withFields(objectOf(name, group), { key: member, stringValue: text ?? '' }))).toEqual(
          [],
        );
      }
    },
  );
});

describe('every field', () => {
  const titled = (fields: typeof FIELDS) =>
    fields.map(({ type, field, definition }) => [`${type}.${field}`, type, field, definition] as const);

  // Texts of Penstock's own types and fields have forms of their own, tested beside their checks.
  const plain = FIELDS.filter(
    ({ type, field, definition }) =>
      `${type}.${field}` in FORMS ||
      (definition.kind !== 'reference' &&
        !(definition.kind === 'string' && (definition.extension ?? OBJECT_TYPES[type]?.extension) === true)),
  );
  it.each(titled(plain))('%s takes a right value', (_, type, field, definition) => {
    const text = rightValue(type, field, definition) ?? '';
    const own = errorsOf(withFields(objectOf(type, rivals(type, field)), { key: field, stringValue: text }));
    expect(own.filter((problem) => problem.field === field)).toEqual([]);
  });

  it.each(titled(FIELDS.filter(({ definition }) => WRONG[definition.kind] !== undefined)))(
    '%s refuses a wrong value, and says what was expected',
    (_, type, field, definition) => {
      const [text = '', expected = /./] = WRONG[definition.kind] ?? [];
      const own = errorsOf(
        withFields(objectOf(type, rivals(type, field)), { key: field, stringValue: text }),
      );
      const [problem, ...others] = own.filter((each) => each.field === field);
      expect(others).toEqual([]);
      expect(problem?.message).toMatch(expected);
      expect(problem?.message).toContain(`'${field}'`);
      expect(problem?.message).toContain(`"${text}"`);
    },
  );

  it.each(titled(FIELDS.filter(({ definition }) => definition.kind !== 'reference')))(
    '%s refuses a reference',
    (_, type, field) => {
      const own = errorsOf(
        withFields(objectOf(type, rivals(type, field)), { key: field, refValue: 'Daily' }),
      );
      const mine = own.filter((problem) => problem.field === field);
      expect(mine.length).toBeGreaterThan(0);
      for (const { message } of mine) expect(message).toMatch(/Daily|reference/);
    },
  );

  it.each(titled(FIELDS.filter(({ definition }) => definition.kind === 'reference')))(
    '%s refuses a text, and a reference to another type',
    (_, type, field, definition) => {
      const asText = withFields(objectOf(type), { key: field, stringValue: 'Nothing' });
      expect(errorsOf(asText)).toContainEqual(
        expect.objectContaining({ field, message: expect.stringMatching(/"Nothing".*Expected \{"ref": /) }),
      );
      const fitting = targetTypes(definition.targets ?? []);
      if (fitting === undefined) return; // `parent`: any object will do
      const wrong = TYPES.map(([name]) => name).find((name) => !fitting.includes(name)) ?? '';
      const other = { ...bare(wrong), id: 'Other' };
      const asOther = [...withFields(objectOf(type), { key: field, refValue: 'Other' }), other];
      const said = errorsOf(asOther).find((each) => each.field === field && /"Other"/.test(each.message));
      expect(said?.message).toContain(` ${wrong}. Expected ${fitting.slice(0, 3).join(', ')}`);
      for (const target of fitting.slice(0, 3)) {
        const right = { ...bare(target), id: 'Other' };
        const asRight = [...withFields(objectOf(type), { key: field, refValue: 'Other' }), right];
        expect(
          errorsOf(asRight).filter((each) => each.field === field && /INVALID_REFERENCE/.test(each.message)),
        ).toEqual([]);
      }
    },
  );

  it.each(titled(FIELDS.filter(({ field }) => field.replace(/^\*/, '').length > 3)))(
    '%s misspelled is found again',
    (_, type, field) => {
      const misspelled = `${field.slice(0, -2)}${field.slice(-1)}${field.slice(-2, -1)}`;
      if (misspelled === field) return; // its last two letters are the same
      const own = errorsOf(withFields(objectOf(type), { key: misspelled, stringValue: 'x' }));
      const said = own.find((problem) => problem.field === misspelled)?.message;
      expect(said).toContain(`'${misspelled}' is not a field of ${type}; did you mean "`);
    },
  );

  it.each(titled(FIELDS.filter(({ definition }) => definition.kind === 'enum')))(
    '%s takes each of its values, and finds them misspelled',
    (_, type, field, definition) => {
      for (const value of definition.values ?? []) {
        const set = (text: string) =>
          errorsOf(withFields(objectOf(type, rivals(type, field)), { key: field, stringValue: text })).filter(
            (problem) => problem.field === field && !/ondemand/i.test(value),
          );
        expect(set(value)).toEqual([]);
        if (type === 'Schedule' || /ondemand/i.test(value)) continue; // read as a whole, see read-schedule.spec.ts
        const [problem] = set(`${value}x`);
        if (definition.values?.some((each) => /^[a-z]{2}-[a-z]+-\d$/.test(each)) !== true)
          expect(problem?.message).toContain(`did you mean "`);
      }
    },
  );
});

describe('a group of types', () => {
  it.each(Object.entries(ABSTRACT_TYPES))('%s holds types that exist', (_, names) => {
    for (const name of names) expect(Object.keys(OBJECT_TYPES)).toContain(name);
  });
});

/** Required fields without a default. */
function missable({ fields }: ObjectType): string[] {
  return Object.entries(fields)
    .filter(([, { use, default: standard }]) => use === 'required' && standard === undefined)
    .map(([name]) => name);
}

function groupsOf(fields: ObjectType['fields']): (readonly string[])[] {
  return Object.entries(fields).flatMap(([name, { group }]) => (group?.[0] === name ? [group] : []));
}

/** Fields of which only one may stand. */
function rivals(type: string, field: string): readonly string[] {
  const { group = [] } = OBJECT_TYPES[type]?.fields[field] ?? {};
  return group.filter((each) => each !== field);
}
