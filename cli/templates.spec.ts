import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAnyDefinition } from '../formats/read-any-definition.js';
import { readDefinitionFile } from '../model/definition/definition-file.js';
import { writeDefinitionFile } from '../model/definition/write-definition-file.js';
import {
  fillTemplate,
  missingParameters,
  templateParameters,
  typesNotYetRun,
  type Template,
  type TemplateOptions,
} from '../model/definition/fill-template.js';
import type {
  ParameterValue,
  PipelineDefinition,
  PipelineObject,
} from '../model/definition/pipeline-definition.js';
import { activationProblems } from '../model/definition/runnable.js';
import { templatesPage } from '../model/definition/templates-page.js';
import { TEMPLATES } from '../model/definition/templates.js';
import { validateDefinition } from '../model/definition/validate.js';
import { compilePipeline } from '../model/instance/compile.js';
import { planDefinition } from '../model/instance/plan-definition.js';
import { planInterval } from '../model/instance/plan.js';
import { objectType } from '../model/objects/catalogue.js';
import { intervalAt } from '../model/schedule/schedule.js';
import { readTemplates, templateFolder } from './template-files.js';

const ACTIVATION = '2026-11-01T00:00:00Z';
const templates = await readTemplates();
const titled = templates.map((template) => [template.id, template] as const);

/** The example of each parameter that needs a value. */
function examples(template: Template, all = false): ParameterValue[] {
  return templateParameters(template)
    .filter(({ required, default: own }) => required || (all && own === undefined))
    .map(({ id, example = '' }) => ({ id, stringValue: example }));
}

function compiled(definition: PipelineDefinition) {
  return compilePipeline({
    pipelineId: 'df-TEMPLATE',
    pipelineName: 'template',
    definitionVersion: 1,
    activation: 1,
    definition,
    firstActivationTime: ACTIVATION,
  });
}

/** Components with instances in the first three intervals, or the one of ondemand, by Schedule. */
function firstInstances(definition: PipelineDefinition): Record<string, string[][]> {
  const pipeline = compiled(definition);
  const start = new Date(ACTIVATION);
  const found = [...pipeline.schedules].map(([id, schedule]) => {
    const intervals =
      schedule.kind === 'ondemand'
        ? [{ index: 0, start, end: start }]
        : [0, 1, 2].flatMap((index) => intervalAt(schedule, index) ?? []);
    const components = intervals.map((interval) =>
      planInterval(pipeline, id, interval).instances.map(({ componentId }) => componentId),
    );
    return [id, components.filter(({ length }) => length > 0).map((each) => each.sort())] as const;
  });
  return Object.fromEntries(found.filter(([, intervals]) => intervals.length > 0));
}

/** The objects of a definition that get instances: with one use each, that is all with a type of such a category. */
function withInstances({ pipelineObjects }: PipelineDefinition): string[] {
  const categories = ['activity', 'datanode', 'resource', 'precondition'];
  const ids = pipelineObjects.filter(({ fields }) => {
    const type = fields.find(({ key }) => key === 'type')?.stringValue;
    return categories.includes(objectType(type)?.category ?? '');
  });
  return ids.map(({ id }) => id).sort();
}

function scheduleIdOf({ pipelineObjects }: PipelineDefinition): string {
  const has = (object: PipelineObject) => object.fields.some(({ stringValue }) => stringValue === 'Schedule');
  return pipelineObjects.find(has)?.id ?? '';
}

/** The definition as JSON.parse has its file: objects by id, values as they are written. */
function objectsOf(definition: PipelineDefinition): Record<string, Record<string, unknown>> {
  const { objects } = JSON.parse(writeDefinitionFile(definition)) as {
    objects: { id: string; [field: string]: unknown }[];
  };
  return Object.fromEntries(objects.map((object) => [object.id, object]));
}

function template(id: string): Template {
  const found = templates.find((each) => each.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

/** The fields of the planned instances of the first interval, by component. */
function planned(id: string, values: readonly ParameterValue[], options: TemplateOptions = {}) {
  const definition = fillTemplate(template(id), { start: '2026-11-01', ...options, values });
  const plan = planDefinition({
    definition,
    from: new Date('2026-11-01T00:00:00Z'),
    to: new Date('2026-11-01T00:00:01Z'),
  });
  if (plan.kind === 'refused') throw new Error(JSON.stringify(plan.problems));
  return Object.fromEntries([...plan.entries].map((entry) => [entry.objectId, entry.fields]));
}

describe('the templates', () => {
  it('are the files of the folder, each of them', () => {
    const files = readdirSync(templateFolder());
    const expected = TEMPLATES.flatMap(({ id, commands = {} }) => [`${id}.json`, ...Object.values(commands)]);
    expect([...new Set(expected)].sort()).toEqual(files.sort());
    expect(TEMPLATES).toHaveLength(11);
  });

  it.each(titled)('%s: without an error or warning, with the values of its examples', (_, each) => {
    for (const all of [false, true]) {
      const values = examples(each, all);
      expect(missingParameters(each, values)).toEqual([]);
      expect(validateDefinition(fillTemplate(each, { values }))).toEqual([]);
    }
  });

  it.each(titled)('%s: three intervals on each kind of schedule that it may have', (_, each) => {
    for (const schedule of each.schedules) {
      const definition = fillTemplate(each, { values: examples(each), schedule });
      expect(validateDefinition(definition)).toEqual([]);
      const ids = firstInstances(definition);
      expect(Object.keys(ids)).toEqual([schedule === 'ondemand' ? 'ondemand' : scheduleIdOf(definition)]);
      for (const intervals of Object.values(ids)) {
        expect(intervals).toHaveLength(schedule === 'ondemand' ? 1 : 3);
        for (const instances of intervals) expect(instances).toEqual(withInstances(definition));
      }
    }
  });

  it.each(titled)('%s: goes round without loss, as JSON and as its file', (_, each) => {
    const definition = fillTemplate(each, { values: examples(each, true) });
    const text = writeDefinitionFile(definition);
    const read = readAnyDefinition(text);
    expect(read.problems).toEqual([]);
    expect(writeDefinitionFile(readDefinitionFile(text).definition)).toBe(
      writeDefinitionFile(read.definition),
    );
    expect(objectsOf(read.definition)).toEqual(objectsOf(definition));
  });

  it.each(titled)('%s: has the Default object of all', (_, each) => {
    expect(objectsOf(each.definition)['Default']).toMatchObject({
      failureAndRerunMode: 'CASCADE',
      scheduleType: each.schedules[0],
      role: 'DataPipelineDefaultRole',
      resourceRole: 'DataPipelineDefaultResourceRole',
      pipelineLogUri: '#{myS3LogsPath}',
    });
  });

  it.each(titled)('%s: every parameter is used, described, and has a value to show', (_, each) => {
    const text = JSON.stringify(each.definition.pipelineObjects);
    for (const parameter of templateParameters(each)) {
      expect(text).toContain(`#{${parameter.id}}`);
      expect(parameter.description).not.toBe('');
      const shown = parameter.default ?? parameter.example;
      expect(shown).toMatch(parameter.id.startsWith('*') ? /^env:/ : /./);
    }
  });

  it.each(titled)('%s: is said to run when it can be activated, and only then', (_, each) => {
    const problems = activationProblems(fillTemplate(each, { values: examples(each) }));
    expect(problems.length === 0).toBe(typesNotYetRun(each).length === 0);
  });

  it('run, the two that need no service of AWS', () => {
    const running = templates.filter((each) => typesNotYetRun(each).length === 0).map(({ id }) => id);
    expect(running).toEqual(
      expect.arrayContaining(['getting-started-with-shell-command', 'run-aws-cli-command']),
    );
  });
});

const SHELL = [
  { id: 'myS3InputLoc', stringValue: 's3://in' },
  { id: 'myS3OutputLoc', stringValue: 's3://out' },
];

describe('what a template makes', () => {
  it('getting started: a staged command, a folder of its own for each run, a machine for 20 minutes', () => {
    expect(planned('getting-started-with-shell-command', SHELL)).toMatchObject({
      ShellCommandActivityObj: {
        stage: ['true'],
        command: ['grep -rc "GET" ${INPUT1_STAGING_DIR}/* > ${OUTPUT1_STAGING_DIR}/output.txt'],
      },
      S3InputLocation: { directoryPath: ['s3://in'] },
      S3OutputLocation: { directoryPath: ['s3://out/2026-11-01-00-00-00'] },
      EC2ResourceObj: { terminateAfter: ['20 Minutes'], instanceType: ['t1.micro'] },
    });
    const definition = fillTemplate(template('getting-started-with-shell-command'));
    expect(objectsOf(definition)['Schedule_15mins']).toMatchObject({
      period: '15 minutes',
      occurrences: '4',
    });
  });

  it.each([
    [
      'export-dynamodb-table-to-s3',
      'myOutputS3Loc',
      'TableBackupActivity',
      'DynamoDbExport,s3://b/2026-11-01-00-00-00,Orders,0.25',
    ],
    [
      'import-dynamodb-backup-from-s3',
      'myInputS3Loc',
      'TableLoadActivity',
      'DynamoDbImport,s3://b,Orders,0.25',
    ],
  ])('%s: the step of the EMR connector for DynamoDB', (id, place, activity, end) => {
    const values = [
      { id: place, stringValue: 's3://b' },
      { id: 'myDDBTableName', stringValue: 'Orders' },
      { id: 'myDDBRegion', stringValue: 'eu-west-1' },
    ];
    const jar = 's3://dynamodb-emr-eu-west-1/emr-ddb-storage-handler/2.1.0/emr-ddb-2.1.0.jar';
    expect(planned(id, values)[activity]).toMatchObject({
      step: [`${jar},org.apache.hadoop.dynamodb.tools.${end}`],
      resizeClusterBeforeRunning: ['true'],
      maximumRetries: ['2'],
    });
  });

  it('a job on a cluster: one step for each value; what nobody gave is not there', () => {
    const steps = ['a.jar,1', 'b.jar,2'].map((stringValue) => ({ id: 'myEmrStep', stringValue }));
    const { EmrActivityObj, EmrClusterObj } = planned('run-job-on-emr-cluster', steps);
    expect(EmrActivityObj).toMatchObject({ step: ['a.jar,1', 'b.jar,2'] });
    expect(EmrClusterObj).toMatchObject({ coreInstanceCount: ['2'], releaseLabel: ['emr-5.13.0'] });
    for (const field of [
      'keyPair',
      'bootstrapAction',
      'taskInstanceType',
      'taskInstanceCount',
      'pipelineLogUri',
    ]) {
      expect(EmrClusterObj?.[field] ?? []).toEqual([]);
    }
  });

  it('an incremental copy: the rows written from the start of the interval to its end', () => {
    const values = examples(template('incremental-copy-rds-mysql-table-to-s3'));
    const select =
      "select * from orders where updated_at >= '2026-11-01 00:00:00' and updated_at < '2026-11-02 00:00:00'";
    for (const [id, node] of [
      ['incremental-copy-rds-mysql-table-to-s3', 'SourceRDSTable'],
      ['incremental-copy-rds-mysql-table-to-redshift', 'SrcRDSTable'],
    ] as const) {
      const own = examples(template(id));
      expect(planned(id, own)[node]).toMatchObject({ selectQuery: [select] });
    }
    expect(values.map(({ id }) => id)).toContain('myRDSTableLastModifiedCol');
  });

  it('a copy to Redshift: arguments of the conversion that nobody gave are not there', () => {
    const id = 'full-copy-rds-mysql-table-to-redshift';
    const values = [...examples(template(id)), { id: 'myRedshiftSortKeys', stringValue: 'at' }];
    const text = JSON.stringify(planned(id, values)['RedshiftTableCreateActivity']?.['scriptArgument']);
    expect(text).toContain('--red_sort=at');
    expect(text).not.toMatch(/--red_(dist|map)/);
  });

  it.each(['2026-11-05', '2026-11-05T06:30:00'])(
    'starts at %s, with the period that was asked for',
    (start) => {
      const definition = fillTemplate(template('run-aws-cli-command'), { start, period: '6 hours' });
      expect(objectsOf(definition)['DefaultSchedule']).toEqual({
        id: 'DefaultSchedule',
        name: 'Every 6 hours',
        type: 'Schedule',
        period: '6 hours',
        startDateTime: start.includes('T') ? start : `${start}T00:00:00`,
      });
    },
  );

  it('has no Schedule when ondemand', () => {
    const objects = objectsOf(fillTemplate(template('run-aws-cli-command'), { schedule: 'ondemand' }));
    expect(Object.keys(objects)).toEqual(['Default', 'Ec2Instance', 'CliActivity']);
    expect(objects['Default']).toMatchObject({ scheduleType: 'ondemand' });
    expect(objects['Default']).not.toHaveProperty('schedule');
  });
});

describe('docs/templates.md', () => {
  const page = readFileSync(new URL('../docs/templates.md', import.meta.url), 'utf8');

  it('is what `npm run docs` makes of the templates', () => {
    expect(page, 'run `npm run docs`').toBe(templatesPage(templates));
  });

  it.each(titled)('shows each object and parameter of %s', (id, each) => {
    const section = page.split(`\n## ${id}\n`)[1]?.split('\n## ')[0] ?? '';
    const shown = section.split('\n').flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.[1] ?? []);
    const { pipelineObjects, parameterObjects } = each.definition;
    expect(shown).toEqual([...pipelineObjects, ...parameterObjects].map((part) => part.id));
    for (const line of section.split('\n').filter((text) => text.startsWith('| `my')))
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(6);
  });
});
