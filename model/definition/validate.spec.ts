import { describe, expect, it } from 'vitest';
import {
  DAILY,
  DEFAULT,
  S3,
  SHELL,
  definitionOf,
  exactly,
  summary,
  type FileObject,
} from '../../test/fixtures/rule-rows.js';
import type { DefinitionProblem } from './pipeline-definition.js';
import { validateDefinition } from './validate.js';

/** A valid pipeline with `objects` added or, where the id is the same, replaced. */
function problemsWith(objects: readonly FileObject[], rest: FileObject = {}): DefinitionProblem[] {
  return validateDefinition(definitionOf(objects, rest));
}

describe('a definition that AWS accepts', () => {
  it.each<[string, FileObject[], FileObject?]>([
    ['a plain one', []],
    ['the type "Default" on Default', [{ ...DEFAULT, type: 'Default' }]],
    [
      'objects without a type that are parents',
      [
        { id: 'P', command: 'x' },
        { id: 'A', type: 'ShellCommandActivity', parent: { ref: 'P' } },
      ],
    ],
    ['enumerations in any case', [{ ...DEFAULT, scheduleType: 'CRON', failureAndRerunMode: 'CASCADE' }]],
    ['own fields of the user', [{ ...SHELL, myCustom: 'x', my_x: { ref: 'Daily' } }]],
    ['fields on Default that a type does not know', [{ ...DEFAULT, tableName: 'x', stage: 'true' }]],
    ['a period from a parameter', [{ ...DAILY, period: '#{myPeriod}' }], { values: { myPeriod: '1 YEAR' } }],
    [
      'a start from a parameter',
      [{ ...DAILY, startDateTime: '#{myStart}' }],
      { values: { myStart: '2024-02-29T00:00:00' } },
    ],
    [
      'a period composed of a parameter',
      [{ ...SHELL, attemptTimeout: '#{myHours} Hours' }],
      { values: { myHours: '2' } },
    ],
    ['an empty array', [{ ...SHELL, dependsOn: [] }]],
    ['HiveActivity without input', [{ id: 'H', type: 'HiveActivity', hiveScript: 'x', stage: 'false' }]],
    [
      'ids with dots and hyphens, names with spaces',
      [{ id: 'a.b-c', name: 'a b', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'R' }],
    ],
    ['parameter types in lower case', [], { parameters: [{ id: 'free', type: 'string', default: 'x' }] }],
    [
      'dependsOn on Default',
      [
        { ...DEFAULT, dependsOn: { ref: 'Data' } },
        { ...S3, dependsOn: [] },
      ],
    ],
  ])('is accepted without a word: %s', (_, objects, rest) => {
    expect(summary(problemsWith(objects, rest))).toEqual([]);
  });

  it('may hold only a Default object, or nothing', () => {
    expect(validateDefinition(exactly([{ id: 'Default', scheduleType: 'cron' }]))).toEqual([]);
    expect(validateDefinition(exactly([]))).toEqual([]);
  });
});

describe('an error', () => {
  it.each<[string, FileObject[], string, FileObject?]>([
    [
      'unknown type',
      [{ ...SHELL, type: 'ShelCommandActivity' }],
      `Say.type: INVALID_TYPE:  'type' "ShelCommandActivity" is not a type of object; did you mean "ShellCommandActivity"?`,
    ],
    ['no type', [{ id: 'X' }], `X.type: MISSING_FIELD:  'type' is missing.`],
    [
      'unknown field',
      [{ ...SHELL, comand: 'x' }],
      `Say.comand: INVALID_FIELD:  'comand' is not a field of ShellCommandActivity; did you mean "command"?`,
    ],
    [
      'runtime field',
      [{ ...SHELL, '@status': 'x' }],
      `Say.@status: INVALID_FIELD:  '@status' is written by the service.`,
    ],
    [
      'missing required field',
      [{ id: 'P', type: 'S3KeyExists', role: 'R' }],
      `P.s3Key: MISSING_FIELD:  's3Key' is required on S3KeyExists`,
    ],
    [
      'none of a group',
      [{ id: 'Say', type: 'ShellCommandActivity' }],
      `Say.command: MISSING_FIELD:  'command' or 'scriptUri' is required`,
    ],
    [
      'both of a group',
      [{ ...SHELL, scriptUri: 's3://b/k' }],
      `Say.scriptUri: INVALID_FIELD:  'command' or 'scriptUri' may be set on ShellCommandActivity, not both.`,
    ],
    [
      'no path',
      [{ id: 'D', type: 'S3DataNode' }],
      `D.filePath: MISSING_FIELD:  'filePath' or 'directoryPath' is required`,
    ],
    [
      'dangling reference',
      [{ ...SHELL, input: { ref: 'Dat' } }, S3],
      `Say.input: INVALID_REFERENCE:  'input' refers to "Dat", which is not an object of the definition; did you mean "Data"?`,
    ],
    [
      'reference by name',
      [
        { ...SHELL, input: { ref: 'My data' } },
        { ...S3, name: 'My data' },
      ],
      `references are by id: the object of that name has the id "Data"`,
    ],
    [
      'dangling reference in a user field',
      [{ ...SHELL, myRef: { ref: 'Nobody' } }],
      `Say.myRef: INVALID_REFERENCE:  'myRef' refers to "Nobody"`,
    ],
    [
      'reference of the wrong type',
      [{ ...SHELL, input: { ref: 'Daily' } }],
      `Say.input: INVALID_REFERENCE:  'input' refers to "Daily", a Schedule. Expected DynamoDBDataNode`,
    ],
    [
      'text for a reference',
      [{ ...SHELL, input: 'Data' }, S3],
      `Say.input: INVALID_FIELD_VALUE:  'input' value "Data" is text. Expected {"ref": "Data"}.`,
    ],
    [
      'reference for a text',
      [{ ...SHELL, command: { ref: 'Daily' } }],
      `Say.command: INVALID_FIELD_VALUE:  'command' is a reference to "Daily". Expected text.`,
    ],
    [
      'enumeration',
      [{ ...DEFAULT, scheduleType: 'daily' }],
      `Default.scheduleType: INVALID_FIELD_VALUE:  'scheduleType' value "daily" is not one of cron, timeseries, ondemand`,
    ],
    [
      'region',
      [{ id: 'R', type: 'Ec2Resource', region: 'us_west_1' }],
      `R.region: INVALID_FIELD_VALUE:  'region' value "us_west_1" is not one of`,
    ],
    [
      'period',
      [{ ...SHELL, retryDelay: '15 Period' }],
      `Say.retryDelay: INVALID_FIELD_VALUE:  'retryDelay' value "15 Period" is not a period: expected a whole number and minutes`,
    ],
    [
      'period after substitution',
      [{ ...SHELL, attemptTimeout: '#{myT} Hours' }],
      `'attemptTimeout' value "x Hours" (from "#{myT} Hours") is not a period`,
      { values: { myT: 'x' } },
    ],
    [
      'whole number',
      [{ ...SHELL, maximumRetries: 'many' }],
      `Say.maximumRetries: INVALID_FIELD_VALUE:  'maximumRetries' value "many" is not a whole number.`,
    ],
    [
      'number too small',
      [{ ...SHELL, maxActiveInstances: '0' }],
      `'maxActiveInstances' value "0" is too small: expected at least 1.`,
    ],
    [
      'percentage',
      [{ id: 'T', type: 'DynamoDBDataNode', tableName: 't', readThroughputPercent: '50' }],
      `'readThroughputPercent' value "50" is not a number from 0.1 to 1.0.`,
    ],
    ['boolean', [{ ...SHELL, stage: 'yes' }], `'stage' value "yes" is not true or false.`],
    [
      'several values',
      [{ ...SHELL, command: ['a', 'b'] }],
      `Say.command: INVALID_FIELD_VALUE:  'command' has 2 values: "a", "b". Expected one.`,
    ],
    [
      'circle of parents',
      [
        { ...SHELL, parent: { ref: 'B' } },
        { id: 'B', parent: { ref: 'Say' } },
      ],
      `'parent' leads in a circle: "Say" -> "B" -> "Say".`,
    ],
    [
      'circle over dependsOn',
      [
        { ...SHELL, dependsOn: { ref: 'B' } },
        { ...SHELL, id: 'B', dependsOn: { ref: 'Say' } },
      ],
      `circle: "Say" -> "B" -> "Say".`,
    ],
    [
      'circle over data',
      [{ ...SHELL, input: { ref: 'Data' }, output: { ref: 'Data' } }, S3],
      `circle: "Say" -> "Data" -> "Say".`,
    ],
    ['waits for itself', [{ ...SHELL, dependsOn: { ref: 'Say' } }], `circle: "Say" -> "Say".`],
    ['expression', [{ ...SHELL, command: 'echo #{1 +}' }], `Say.command: INVALID_EXPRESSION:  'command'`],
    [
      'name in an expression',
      [{ ...SHELL, command: 'echo #{myMissing}' }],
      `"myMissing" is neither a field of object "Say" nor a parameter`,
    ],
    [
      'start',
      [{ ...DAILY, startDateTime: 'makeDate(2011,5,24)' }],
      `Daily.startDateTime: INVALID_FIELD_VALUE:  'startDateTime' value must be a literal datetime value. Found "makeDate(2011,5,24)"`,
    ],
    [
      'start at run time',
      [{ ...DAILY, startDateTime: '#{@scheduledStartTime}' }],
      `'startDateTime' value must be a literal datetime value.`,
    ],
    [
      'end before start',
      [{ ...DAILY, endDateTime: '2023-01-01T00:00:00' }],
      `Daily.endDateTime: INVALID_FIELD_VALUE:  'endDateTime' "2023-01-01T00:00:00" is not later than the start`,
    ],
    [
      'occurrences and end',
      [{ ...DAILY, endDateTime: '2025-01-01T00:00:00', occurrences: '2' }],
      `Daily.occurrences: INVALID_FIELD_VALUE:  'occurrences' "2" and endDateTime`,
    ],
    [
      'no start',
      [{ id: 'Daily', type: 'Schedule', period: '1 day' }],
      `Daily.startAt: MISSING_FIELD:  'startAt' or 'startDateTime' is required`,
    ],
    [
      'two starts',
      [{ ...DAILY, startAt: 'FIRST_ACTIVATION_DATE_TIME' }],
      `'startAt' or 'startDateTime' may be set on Schedule, not both.`,
    ],
    [
      'no schedule',
      [{ id: 'Default', scheduleType: 'cron', workerGroup: 'wg' }],
      `Say.schedule: MISSING_FIELD:  'schedule' is required`,
    ],
    [
      'ondemand elsewhere',
      [{ ...SHELL, scheduleType: 'ondemand' }],
      `Say.scheduleType: INVALID_FIELD_VALUE:  'scheduleType' value "ondemand" may be set on Default only`,
    ],
    [
      'workerGroup on a resource',
      [{ id: 'R', type: 'Ec2Resource', workerGroup: 'x' }],
      `R.workerGroup: INVALID_FIELD:  'workerGroup' must not be set on Ec2Resource.`,
    ],
    [
      'late action without a time',
      [
        { ...SHELL, onLateAction: { ref: 'T' } },
        { id: 'T', type: 'Terminate' },
      ],
      `Say.lateAfterTimeout: MISSING_FIELD:`,
    ],
    [
      'schedule that names nothing',
      [{ ...SHELL, schedule: 'Dayly' }],
      `Say.schedule: INVALID_FIELD_VALUE:  'schedule' value "Dayly" is text and names no object of the definition.`,
    ],
    [
      'missing parameter value',
      [],
      `myX.undefined: MISSING_PARAMETER:  parameter "myX" has no value.`,
      { parameters: [{ id: 'myX' }] },
    ],
  ])('names object, field, value and what was expected: %s', (_, objects, expected, rest) => {
    const errors = summary(problemsWith(objects, rest)).filter((text) => text.startsWith('error '));
    expect(errors.filter((text) => text.includes(expected))).toHaveLength(1);
  });

  it('is fatal for an object without id or name, and for empty values', () => {
    const problems = validateDefinition({
      pipelineObjects: [
        { id: '', name: 'x', fields: [] },
        {
          id: 'A',
          name: '',
          fields: [
            { key: 'command', stringValue: '' },
            { key: 'input', refValue: '' },
          ],
        },
      ],
      parameterObjects: [],
      parameterValues: [],
    });
    const fatal = problems
      .filter(({ severity }) => severity === 'fatal')
      .map(({ objectId, field }) => [objectId, field]);
    expect(fatal).toEqual([
      [undefined, 'id'],
      ['A', 'name'],
      ['A', 'command'],
      ['A', 'input'],
    ]);
  });

  it('names an id that is used twice', () => {
    const problems = validateDefinition(exactly([DEFAULT, DAILY, SHELL, SHELL]));
    expect(summary(problems)).toEqual([
      expect.stringContaining(`DUPLICATE_ID:  'id' "Say" is used by more than one object.`),
    ]);
  });

  it('in an inherited field is told once, for the object that holds it', () => {
    const problems = problemsWith([
      { ...DEFAULT, retryDelay: 'soon' },
      { ...SHELL, id: 'B' },
    ]);
    expect(problems.map(({ objectId, field }) => [objectId, field])).toEqual([['Default', 'retryDelay']]);
  });

  it('never quotes a secret', () => {
    const database = {
      id: 'D',
      type: 'JdbcDatabase',
      connectionString: 'x',
      username: 'u',
      jdbcDriverClass: 'c',
    };
    const problems = problemsWith(
      [
        { ...database, '*password': ['hunter2', '#{hunter2'] },
        { ...SHELL, retryDelay: '#{*mySecret}' },
      ],
      {
        parameters: [{ id: '*mySecret', type: 'Integer', allowedValues: ['sesame-a'] }],
        values: { '*mySecret': 'sesame' },
      },
    );
    expect(problems.length).toBeGreaterThan(3);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|sesame/);
  });
});

describe('a warning', () => {
  it.each<[string, FileObject[], string]>([
    [
      'short period',
      [{ ...DAILY, period: '5 minutes' }],
      `'period' "5 minutes" is shorter than the minimum of 15 minutes`,
    ],
    [
      'long period',
      [{ ...DAILY, period: '4 years' }],
      `'period' "4 years" is longer than the maximum of 3 years`,
    ],
    ['retries', [{ ...SHELL, maximumRetries: '10' }], `'maximumRetries' value "10" is more than`],
    ['text for the schedule', [{ ...SHELL, schedule: 'Daily' }], `is text and is taken as a reference`],
    [
      'nobody to do the work',
      [{ id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' } }],
      `'runsOn' or 'workerGroup' is missing`,
    ],
    [
      'object too large',
      [{ ...SHELL, command: 'x'.repeat(20_000) }],
      `LIMIT_EXCEEDED:  20000 bytes in field "command"`,
    ],
    [
      'schedule for ondemand',
      [{ ...DEFAULT, scheduleType: 'ondemand' }],
      `'schedule' has no effect with 'scheduleType' ondemand`,
    ],
  ])('does not keep a definition from running: %s', (_, objects, expected) => {
    const problems = problemsWith(objects);
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
    expect(summary(problems).some((text) => text.includes(expected))).toBe(true);
  });
});
