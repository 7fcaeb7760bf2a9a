import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../instance/compile.js';
import { readDefinitionFile } from './definition-file.js';
import type { PipelineDefinition } from './pipeline-definition.js';
import { activationProblems } from './runnable.js';
import { validateDefinition } from './validate.js';

type FileObject = Record<string, unknown>;

const DEFAULT = { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg', trigger: { ref: 'New' } };
const NEW = { id: 'New', type: 'ObjectCreatedTrigger', directoryPath: 's3://bucket/in' };
const OTHER = { id: 'New', type: 'PipelineFinishedTrigger', pipelineId: 'df-0A1B' };
const SAY = { id: 'Say', type: 'ShellCommandActivity', command: 'date' };
const FILE = { id: 'myFile', type: 'AWS::S3::ObjectKey', default: 's3://b/k' };

/** A valid triggered pipeline with `objects` added or, where the id is the same, replaced. */
function definitionWith(objects: FileObject[], rest: FileObject = {}): PipelineDefinition {
  const ids = new Set(objects.map(({ id }) => id));
  const base = [DEFAULT, NEW, SAY].filter(({ id }) => !ids.has(id));
  const text = JSON.stringify({ objects: [...base, ...objects], parameters: [FILE], ...rest });
  const { definition, problems } = readDefinitionFile(text);
  expect(problems).toEqual([]);
  return definition;
}

function problemsWith(objects: FileObject[], rest?: FileObject): string[] {
  return validateDefinition(definitionWith(objects, rest)).map(
    ({ severity, objectId, field, message }) => `${severity} ${objectId}.${field}: ${message}`,
  );
}

describe('a trigger', () => {
  it.each<[string, FileObject[], FileObject?]>([
    ['of new objects', []],
    [
      'of new objects with everything',
      [
        {
          ...NEW,
          directoryPath: '#{myIn}/day',
          filePattern: '**/*.csv',
          queueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/new',
          pollPeriod: '10 seconds',
          settleTime: '1 minute',
          parameter: 'myFile',
        },
      ],
      { values: { myIn: 's3://bucket' } },
    ],
    ['of new files', [{ ...NEW, directoryPath: 'file:///srv/in' }]],
    ['of another pipeline by its id', [OTHER]],
    [
      'of another pipeline by its name',
      [
        {
          id: 'New',
          type: 'PipelineFinishedTrigger',
          pipelineName: 'nightly',
          status: 'any',
          parameter: 'myFile',
        },
      ],
    ],
    [
      'of both kinds',
      [
        { ...DEFAULT, trigger: [{ ref: 'New' }, { ref: 'After' }] },
        { ...OTHER, id: 'After' },
      ],
    ],
    [
      'ONDEMAND from a parameter',
      [{ ...DEFAULT, scheduleType: '#{myType}' }],
      { values: { myType: 'ONDEMAND' } },
    ],
  ])('is accepted without a word: %s', (_, objects, rest) => {
    expect(problemsWith(objects, rest)).toEqual([]);
  });

  it.each<[string, FileObject[], string[], FileObject?]>([
    [
      'on a schedule',
      [
        { ...DEFAULT, scheduleType: 'cron', schedule: { ref: 'Daily' } },
        { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' },
      ],
      [
        `error Default.trigger: INVALID_FIELD:  'trigger' goes with 'scheduleType' ondemand only: 'scheduleType' of Default is "cron". A pipeline is started by Schedules or by triggers.`,
      ],
    ],
    [
      'beside no scheduleType',
      [
        { id: 'Default', workerGroup: 'wg', trigger: { ref: 'New' }, schedule: { ref: 'Daily' } },
        { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' },
      ],
      [
        `error Default.trigger: INVALID_FIELD:  'trigger' goes with 'scheduleType' ondemand only: 'scheduleType' is missing on Default. A pipeline is started by Schedules or by triggers.`,
      ],
    ],
    [
      'on an activity',
      [
        { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' },
        { ...SAY, trigger: { ref: 'New' } },
      ],
      [
        `error Say.trigger: INVALID_FIELD:  'trigger' may be set on Default only: a pipeline is started as a whole.`,
        `warning New.undefined: UNUSED_TRIGGER:  'trigger' of Default does not name this object, so it starts nothing.`,
      ],
    ],
    [
      'on a Schedule',
      [
        {
          id: 'Daily',
          type: 'Schedule',
          period: '1 day',
          startDateTime: '2024-01-01T00:00:00',
          trigger: { ref: 'New' },
        },
      ],
      [
        `error Daily.trigger: INVALID_FIELD:  'trigger' is not a field of Schedule. Fields of your own begin with "my" and a capital letter or "_".`,
        'warning Daily.undefined: UNUSED_SCHEDULE:  no object runs on this Schedule, so it starts nothing.',
      ],
    ],
    [
      'that nobody names',
      [{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' }],
      [
        `warning New.undefined: UNUSED_TRIGGER:  'trigger' of Default does not name this object, so it starts nothing.`,
      ],
    ],
    [
      'that is not there',
      [{ ...DEFAULT, trigger: [{ ref: 'New' }, { ref: 'Nex' }] }],
      [
        `error Default.trigger: INVALID_REFERENCE:  'trigger' refers to "Nex", which is not an object of the definition; did you mean "New"?`,
      ],
    ],
    [
      'that is none',
      [{ ...DEFAULT, trigger: [{ ref: 'New' }, { ref: 'Say' }] }],
      [
        `error Default.trigger: INVALID_REFERENCE:  'trigger' refers to "Say", a ShellCommandActivity. Expected ObjectCreatedTrigger, PipelineFinishedTrigger.`,
      ],
    ],
    [
      'by text',
      [{ ...DEFAULT, trigger: 'New' }],
      [
        `error Default.trigger: INVALID_FIELD_VALUE:  'trigger' value "New" is text. Expected {"ref": "New"}.`,
        `warning New.undefined: UNUSED_TRIGGER:  'trigger' of Default does not name this object, so it starts nothing.`,
      ],
    ],
    [
      'without a directory',
      [{ id: 'New', type: 'ObjectCreatedTrigger' }],
      [
        `error New.directoryPath: MISSING_FIELD:  'directoryPath' is required on ObjectCreatedTrigger: Where objects are looked for: s3://bucket/prefix or file:///directory.`,
      ],
    ],
    [
      'with a path of no directory',
      [{ ...NEW, directoryPath: 'bucket/in' }],
      [
        `error New.directoryPath: INVALID_FIELD_VALUE:  'directoryPath' value "bucket/in" is not a directory: expected s3://bucket/prefix or file:///directory.`,
      ],
    ],
    [
      'with a pattern from the root',
      [{ ...NEW, filePattern: '/in/*.csv' }],
      [
        `error New.filePattern: INVALID_FIELD_VALUE:  'filePattern' value "/in/*.csv" begins with "/": expected a pattern of paths below directoryPath, for example "*.csv".`,
      ],
    ],
    [
      'with the ARN of a queue',
      [{ ...NEW, queueUrl: 'arn:aws:sqs:eu-west-1:123456789012:new' }],
      [
        `error New.queueUrl: INVALID_FIELD_VALUE:  'queueUrl' value "arn:aws:sqs:eu-west-1:123456789012:new" is not the URL of a queue: expected https://sqs.<region>.amazonaws.com/<account>/<queue>.`,
      ],
    ],
    [
      'with a queue of files',
      [{ ...NEW, directoryPath: 'file:///in', queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/new' }],
      [
        `error New.queueUrl: INVALID_FIELD:  'queueUrl' goes with s3:// in 'directoryPath' only: nobody sends notifications of files.`,
      ],
    ],
    [
      'with a period that is none',
      [{ ...NEW, pollPeriod: 'often' }],
      [
        `error New.pollPeriod: INVALID_FIELD_VALUE:  'pollPeriod' value "often" is not a period: expected a whole number and minutes, hours, days, weeks, months or years, for example "15 minutes".`,
      ],
    ],
    [
      'with a parameter that is misspelled',
      [{ ...NEW, parameter: 'myfiel' }],
      [
        `error New.parameter: INVALID_FIELD_VALUE:  'parameter' value "myfiel" is not a parameter of the definition; did you mean "myFile".`,
      ],
    ],
    [
      'with a parameter of no declaration',
      [{ ...NEW, parameter: 'x' }],
      [
        `error New.parameter: INVALID_FIELD_VALUE:  'parameter' value "x" is not a parameter of the definition: expected the id of one of its 'parameters'.`,
      ],
    ],
    [
      'with the value of a parameter',
      [{ ...NEW, parameter: '#{myFile}' }],
      [
        `error New.parameter: INVALID_FIELD_VALUE:  'parameter' value "s3://b/k" (from "#{myFile}") is an expression: expected the id of a parameter as it is, without #{ }.`,
      ],
    ],
    [
      'with a parameter of numbers',
      [{ ...NEW, parameter: 'myCount' }],
      [
        `error New.parameter: INVALID_FIELD_VALUE:  'parameter' value "myCount" is a parameter of type Integer: expected a String or an AWS::S3::ObjectKey, for it receives text.`,
      ],
      { parameters: [{ id: 'myCount', type: 'Integer', default: '1' }] },
    ],
    [
      'without a pipeline',
      [{ id: 'New', type: 'PipelineFinishedTrigger' }],
      [
        `error New.pipelineId: MISSING_FIELD:  'pipelineId' or 'pipelineName' is required on PipelineFinishedTrigger. Found neither.`,
      ],
    ],
    [
      'with a pipeline by id and by name',
      [{ ...OTHER, pipelineName: 'nightly' }],
      [
        `error New.pipelineName: INVALID_FIELD:  'pipelineId' or 'pipelineName' may be set on PipelineFinishedTrigger, not both.`,
      ],
    ],
    [
      'with a name as the id',
      [{ ...OTHER, pipelineId: 'nightly' }],
      [
        `error New.pipelineId: INVALID_FIELD_VALUE:  'pipelineId' value "nightly" is not the id of a pipeline: expected df-…; a name stands in 'pipelineName'.`,
      ],
    ],
    [
      'with a status that ends nothing',
      [{ ...OTHER, status: 'RUNNING' }],
      [
        `error New.status: INVALID_FIELD_VALUE:  'status' value "RUNNING" is not one of FINISHED, FAILED, ANY.`,
      ],
    ],
  ])('is reported: %s', (_, objects, expected, rest) => {
    expect(problemsWith(objects, rest)).toEqual(expected);
  });

  it('is refused at activation, and only where Default names it', () => {
    expect(activationProblems(definitionWith([]))).toEqual([
      {
        severity: 'error',
        objectId: 'Default',
        field: 'trigger',
        message:
          "Default: 'trigger': triggers are validated, not run by this version of Penstock yet. Without the field the pipeline runs each time that it is activated.",
      },
    ]);
    const unused = definitionWith([{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' }]);
    expect(activationProblems(unused)).toEqual([]);
  });

  it('never gets instances', () => {
    const pipeline = compilePipeline({
      pipelineId: 'df-1',
      pipelineName: 'p',
      definitionVersion: 1,
      activation: 1,
      definition: definitionWith([]),
      firstActivationTime: '2024-01-01T00:00:00Z',
    });
    expect([...pipeline.runnables.keys()]).toEqual(['Say']);
  });
});
