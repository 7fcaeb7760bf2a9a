import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toApi, type DefinitionFile } from '../../examples/web-logs/definition-file.mjs';
import { valuesFor } from '../../examples/web-logs/install.mjs';

const FILE = JSON.parse(
  readFileSync(new URL('../../examples/web-logs/pipeline-definition.json', import.meta.url), 'utf8'),
) as DefinitionFile;
const values = valuesFor({ uri: 'file:///data', now: new Date('2026-11-21T04:00:00Z') });
const definition = toApi({ ...FILE, values });

describe('definition of the example', () => {
  it('refers to its own objects only, each id once', () => {
    const ids = definition.pipelineObjects.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const references = definition.pipelineObjects.flatMap(({ fields }) =>
      fields.flatMap((field) => ('refValue' in field ? field.refValue : [])),
    );
    for (const reference of references) expect(ids).toContain(reference);
  });

  it('declares each parameter it uses, uses each it declares, and gets a value for each', () => {
    const used = new Set(JSON.stringify(FILE.objects).match(/\bmy[A-Z]\w*/g));
    const declared = definition.parameterObjects.map(({ id }) => id);
    expect([...used].sort()).toEqual([...declared].sort());
    expect(Object.keys(values).sort()).toEqual([...declared].sort());
  });

  it('translates as the AWS CLI does: members by name, lists as repeated keys, the name from the id', () => {
    const report = definition.pipelineObjects.find(({ id }) => id === 'WeeklyReport');
    expect(report?.name).toBe('WeeklyReport');
    expect(report?.fields.filter(({ key }) => key === 'input')).toEqual([
      { key: 'input', refValue: 'WeekArchive' },
      { key: 'input', refValue: 'ReportProgram' },
      { key: 'input', refValue: 'LastReport' },
    ]);
    const keys = report?.fields.map(({ key }) => key) ?? [];
    expect(keys).toEqual([...keys].sort());
  });
});
