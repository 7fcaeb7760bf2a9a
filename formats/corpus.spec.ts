import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../model/definition/definition-file.js';
import { writeDefinitionFile } from '../model/definition/write-definition-file.js';
import type { DefinitionProblem, PipelineDefinition } from '../model/definition/pipeline-definition.js';
import { validateDefinition } from '../model/definition/validate.js';
import { compilePipeline, type CompiledPipeline } from '../model/instance/compile.js';
import { planInterval } from '../model/instance/plan.js';
import { intervalAt, type Interval, type Schedule } from '../model/schedule/schedule.js';
import { CORPUS, VALUES, type CorpusEntry } from '../test/fixtures/corpus/expected.js';
import { readAnyDefinition, type ReadDefinition } from './read-any-definition.js';
import { FORMS, writeDefinition } from './write-definition.js';

const FOLDER = new URL('../test/fixtures/corpus/', import.meta.url);
const ACTIVATION = '2024-01-01T00:00:00Z';

const TITLED = CORPUS.map((entry) => [`${entry.file}: ${entry.why}`, entry] as const);

describe('a published definition', () => {
  it('is in the table, each of them', () => {
    const files = readdirSync(FOLDER).filter((file) => /\.(json|yaml)$/.test(file));
    expect([...new Set(CORPUS.map(({ file }) => file))].sort()).toEqual(files.sort());
  });

  it.each(TITLED)('%s', (_, entry) => {
    const read = readEntry(entry);
    const problems = [...read.problems, ...validateDefinition(read.definition)];
    expect({
      format: read.format,
      errors: problems.filter(({ severity }) => severity !== 'warning').map(summary),
      warnings: problems.filter(({ severity }) => severity === 'warning').map(summary),
    }).toEqual({ format: entry.format, errors: entry.errors ?? [], warnings: entry.warnings ?? [] });
    if (entry.errors === undefined) expect(instancesOf(compiled(read.definition))).toEqual(entry.instances);
  });
});

describe('a published definition goes round without loss', () => {
  it.each(TITLED)('%s', (_, entry) => {
    const { definition } = readEntry(entry);
    const file = writeDefinitionFile(definition);
    const again = readDefinitionFile(file);
    expect(again.problems).toEqual([]);
    expect(asRead(again.definition)).toEqual(asRead(definition));
    // Reading sorts members by name, as the CLI does; what is sorted stays byte for byte.
    const sorted = writeDefinitionFile(again.definition);
    expect(writeDefinitionFile(readDefinitionFile(sorted).definition)).toBe(sorted);
    if (entry.format === 'cli') expect(sorted).toBe(file);

    const wire = JSON.stringify(definition);
    const fromWire = readDefinitionFile(wire);
    expect(fromWire.definition).toEqual(definition);
    expect(JSON.stringify(fromWire.definition)).toBe(wire);
  });

  it.each(TITLED)('%s, in every form that is written', (_, entry) => {
    const { definition } = readEntry(entry);
    for (const form of FORMS) {
      const { text, problems } = writeDefinition(definition, form, 'corpus');
      expect([form, problems.filter(({ severity }) => severity === 'error')]).toEqual([form, []]);
      const again = readAnyDefinition(text, { fileName: form.endsWith('yaml') ? 'x.yaml' : 'x.json' });
      expect([form, again.problems]).toEqual([form, []]);
      if (form === 'cli' || form === 'yaml') expect(asRead(again.definition)).toEqual(asRead(definition));
      else expect(again.definition).toEqual(definition);
    }
  });

  it.each(TITLED.filter(([, { format }]) => format !== 'cloudformation'))(
    '%s, as JSON.parse has it',
    (_, entry) => {
      const { definition } = readEntry({ ...entry, given: [] });
      expect(textsOf(definition)).toEqual(textsOfFile(JSON.parse(textOfEntry(entry))));
    },
  );
});

function textOfEntry({ file, filled = {} }: CorpusEntry): string {
  let text = readFileSync(new URL(file, FOLDER), 'utf8');
  for (const [placeholder, value] of Object.entries(filled)) {
    text = text.replaceAll(placeholder, value);
  }
  return text;
}

function readEntry(entry: CorpusEntry): ReadDefinition {
  const parameters = Object.fromEntries((entry.given ?? []).map((name) => [name, VALUES[name]]));
  return readAnyDefinition(textOfEntry(entry), { fileName: entry.file, parameters });
}

function summary({ severity, objectId = '', field, message }: DefinitionProblem): string {
  const place = `${severity === 'fatal' ? 'fatal ' : ''}${objectId}${field === undefined ? '' : `.${field}`}`;
  return `${place}: ${/^([A-Z_]+):/.exec(message)?.[1] ?? message}`;
}

function compiled(definition: PipelineDefinition): CompiledPipeline {
  return compilePipeline({
    pipelineId: 'df-CORPUS',
    pipelineName: 'corpus',
    definitionVersion: 1,
    activation: 1,
    definition,
    firstActivationTime: ACTIVATION,
  });
}

/** Numbers of instances in the first three intervals of each Schedule on which something runs. */
function instancesOf(pipeline: CompiledPipeline): Record<string, number[]> {
  const counts: Record<string, number[]> = {};
  for (const [id, schedule] of pipeline.schedules) {
    const plans = firstIntervals(schedule).map((interval) => planInterval(pipeline, id, interval));
    const known = new Set(pipeline.components.keys());
    for (const { instances } of plans) {
      const ids = new Set(instances.map((instance) => instance.id));
      expect(ids.size).toBe(instances.length);
      for (const { componentId, needs } of instances) {
        expect(known).toContain(componentId);
        for (const { instanceId, elsewhere } of needs) expect(elsewhere || ids.has(instanceId)).toBe(true);
      }
    }
    const numbers = plans.map(({ instances }) => instances.length);
    if (numbers.some((count) => count > 0)) counts[id] = numbers;
  }
  return counts;
}

/** An ondemand pipeline has one "interval", its activation. */
function firstIntervals(schedule: Schedule): Interval[] {
  const activation = new Date(ACTIVATION);
  if (schedule.kind === 'ondemand') return [{ index: 0, start: activation, end: activation }];
  return [0, 1, 2].flatMap((index) => intervalAt(schedule, index) ?? []);
}

/** A file of the CLI's form has its members sorted by name when it is read; lists keep their order. */
function asRead({ pipelineObjects, parameterObjects, parameterValues }: PipelineDefinition): unknown {
  return {
    objects: pipelineObjects.map(({ id, name, fields }) => ({ id, name, fields: byKey(fields) })),
    parameters: parameterObjects.map(({ id, attributes }) => ({ id, attributes: byKey(attributes) })),
    values: byKey(parameterValues.map(({ id, stringValue }) => ({ key: id, stringValue }))),
  };
}

function byKey<T extends { readonly key: string }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Every text of a definition, by object and key, in order. */
function textsOf({ pipelineObjects, parameterObjects, parameterValues }: PipelineDefinition): string[] {
  return [
    ...pipelineObjects.flatMap(({ id, fields }) => [
      `object ${id}`,
      ...byKey(fields).map(({ key, stringValue, refValue }) => `${key}=${stringValue ?? `ref ${refValue}`}`),
    ]),
    ...parameterObjects.flatMap(({ id, attributes }) => [
      `parameter ${id}`,
      ...byKey(attributes).map(({ key, stringValue }) => `${key}=${stringValue}`),
    ]),
    ...byKey(parameterValues.map(({ id, stringValue }) => ({ key: id, text: `${id}=${stringValue}` }))).map(
      ({ text }) => text,
    ),
  ];
}

type Json = string | { readonly [key: string]: Json } | readonly Json[];

/** The same of what JSON.parse makes of a file, without Penstock's own reader. */
function textsOfFile(file: { readonly [key: string]: Json }): string[] {
  const list = (json: Json | undefined): { readonly [key: string]: Json }[] =>
    Array.isArray(json) ? (json as { readonly [key: string]: Json }[]) : [];
  const values = (json: Json | undefined): Json[] =>
    json === undefined ? [] : Array.isArray(json) ? (json as Json[]) : [json];
  const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  const shown = (value: Json): string =>
    typeof value === 'string' ? value : `ref ${String((value as { ref: string }).ref)}`;
  const flat = (object: { readonly [key: string]: Json }, without: string[]): string[] =>
    Object.keys(object)
      .filter((key) => !without.includes(key))
      .sort()
      .flatMap((key) => values(object[key]).map((value) => `${key}=${shown(value)}`));
  const paired = (pairs: Json | undefined): string[] =>
    byKey(list(pairs).map((pair) => ({ key: textIn(pair['key']), pair }))).map(
      ({ key, pair }) => `${key}=${shown(pair['stringValue'] ?? { ref: pair['refValue'] ?? '' })}`,
    );
  return [
    ...list(file['objects']).flatMap((object) => [
      `object ${textIn(object['id'])}`,
      ...flat(object, ['id', 'name']),
    ]),
    ...list(file['pipelineObjects']).flatMap((object) => [
      `object ${textIn(object['id'])}`,
      ...paired(object['fields']),
    ]),
    ...list(file['parameters']).flatMap((each) => [`parameter ${textIn(each['id'])}`, ...flat(each, ['id'])]),
    ...list(file['parameterObjects']).flatMap((each) => [
      `parameter ${textIn(each['id'])}`,
      ...paired(each['attributes']),
    ]),
    ...flat((file['values'] ?? {}) as { readonly [key: string]: Json }, []),
  ];
}
