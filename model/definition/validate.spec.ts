import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import { writeDefinitionFile } from './write-definition-file.js';
import type { DefinitionProblem, PipelineDefinition } from './pipeline-definition.js';
import { validationErrors, validationWarnings } from './problem.js';
import { activationProblems } from './runnable.js';
import { validateDefinition } from './validate.js';

type FileObject = Record<string, unknown>;

const DEFAULT = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  role: 'R',
};
const DAILY = { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' };
const SHELL = { id: 'Say', type: 'ShellCommandActivity', command: 'date' };
const S3 = { id: 'Data', type: 'S3DataNode', filePath: 's3://b/k' };

function definitionOf(objects: FileObject[], rest: FileObject = {}): PipelineDefinition {
  const { definition, problems } = readDefinitionFile(JSON.stringify({ objects, ...rest }));
  expect(problems).toEqual([]);
  return definition;
}

/** A valid pipeline with `objects` added or, where the id is the same, replaced. */
function problemsWith(objects: FileObject[], rest: FileObject = {}): DefinitionProblem[] {
  const ids = new Set(objects.map(({ id }) => id));
  const base = [DEFAULT, DAILY, SHELL].filter(({ id }) => !ids.has(id));
  return validateDefinition(definitionOf([...base, ...objects], rest));
}

function summary(problems: readonly DefinitionProblem[]): string[] {
  return problems.map(
    ({ severity, objectId, field, message }) => `${severity} ${objectId}.${field}: ${message}`,
  );
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
    expect(validateDefinition(definitionOf([{ id: 'Default', scheduleType: 'cron' }]))).toEqual([]);
    expect(validateDefinition(definitionOf([]))).toEqual([]);
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
    const problems = validateDefinition(definitionOf([DEFAULT, DAILY, SHELL, SHELL]));
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

describe('validationErrors and validationWarnings', () => {
  it('group by object, fatal problems among the errors', () => {
    const problems: DefinitionProblem[] = [
      { severity: 'error', objectId: 'A', message: '1' },
      { severity: 'warning', objectId: 'A', message: '2' },
      { severity: 'fatal', message: '3' },
      { severity: 'error', objectId: 'A', message: '4' },
    ];
    expect(validationErrors(problems)).toEqual([{ id: 'A', errors: ['1', '4'] }, { errors: ['3'] }]);
    expect(validationWarnings(problems)).toEqual([{ id: 'A', warnings: ['2'] }]);
  });
});

describe('databases', () => {
  it.each([
    ['org.postgresql.Driver', 'jdbc:postgresql://h/d', undefined],
    ['com.example.Driver', 'jdbc:postgresql://h/d', undefined],
    ['oracle.jdbc.driver.OracleDriver', '#{myUrl}', undefined],
    [
      'com.mysql.jdbc.Driver',
      'jdbc:sqlserver://h;password=secret',
      `'jdbcDriverClass' value "com.mysql.jdbc.Driver" is a driver for mysql, mariadb, but 'connectionString' begins with "jdbc:sqlserver:".`,
    ],
  ])('have a driver class that fits: %s with %s', (jdbcDriverClass, connectionString, expected) => {
    const database = { id: 'Db', type: 'JdbcDatabase', '*password': 'p', username: 'u' };
    const warnings = problemsWith([{ ...database, jdbcDriverClass, connectionString }])
      .filter(({ severity, field }) => severity === 'warning' && field === 'jdbcDriverClass')
      .map(({ message }) => message);
    expect(warnings).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
  });
});

describe('activationProblems', () => {
  const database = (connectionString: string) => [
    {
      id: 'Db',
      type: 'JdbcDatabase',
      connectionString,
      '*password': 'p',
      username: 'u',
      jdbcDriverClass: 'c',
    },
    { id: 'Sql', type: 'SqlActivity', script: 'select 1', database: { ref: 'Db' } },
  ];
  it.each<[string, FileObject[], string | undefined]>([
    ['a type that runs', [SHELL], undefined],
    [
      'a type that does not',
      [{ id: 'E', type: 'EmrActivity' }],
      `E: type "EmrActivity" cannot be run by this version of Penstock yet; runnable are ShellCommandActivity, `,
    ],
    ['an unused data node', [{ id: 'M', type: 'MySqlDataNode' }], `M: type "MySqlDataNode" cannot be run`],
    ['an unused setting', [{ id: 'P', type: 'HttpProxy', hostname: 'h', port: '1' }], undefined],
    ['PostgreSQL', database('jdbc:postgresql://h/d'), undefined],
    [
      'another database',
      database('jdbc:mysql://u:secret@h/d'),
      `Db: 'connectionString' begins with "jdbc:mysql:"`,
    ],
    ['SQL Server', database('jdbc:sqlserver://h\\i;databaseName=d'), undefined],
    ['Oracle', database('jdbc:oracle:thin:@//h:1521/s'), undefined],
    ['a database by expression', database('#{myUrl}'), undefined],
    [
      'several hosts',
      database('jdbc:postgresql://a,b/d?password=secret'),
      `Db: 'connectionString' has several hosts; expected jdbc:postgresql://host:port/database with one host.`,
    ],
    ['what is no JDBC URL', database('postgres://u:secret@h/d'), `Db: 'connectionString' is no JDBC URL`],
    [
      'a resource on another schedule',
      [
        { ...DAILY, id: 'Weekly' },
        { id: 'R', type: 'Ec2Resource', schedule: { ref: 'Weekly' } },
        { ...SHELL, runsOn: { ref: 'R' } },
      ],
      undefined,
    ],
    [
      'an activity on a schedule, its resource on demand',
      [
        { id: 'R', type: 'Ec2Resource', scheduleType: 'ondemand' },
        { ...SHELL, runsOn: { ref: 'R' } },
      ],
      `Say: 'runsOn' refers to "R", which is on schedule "ondemand", while it is on "Daily" itself.`,
    ],
  ])('says what this version cannot run: %s', (_, objects, expected) => {
    const problems = activationProblems(definitionOf([DEFAULT, DAILY, ...objects]));
    expect(problems.map(({ message }) => message)).toEqual(
      expected === undefined ? [] : [expect.stringContaining(expected)],
    );
  });
});

describe('real definitions', () => {
  const read = (name: string) => {
    const path = new URL(`../../test/fixtures/corpus/${name}.json`, import.meta.url);
    const file = readDefinitionFile(
      readFileSync(path, 'utf8').replaceAll(/\$\{[\w.]*region\}/g, 'us-east-1'),
    );
    expect(file.problems).toEqual([]);
    const activationValues = file.definition.parameterObjects
      .filter(
        ({ id, attributes }) =>
          !attributes.some(({ key }) => key === 'default') &&
          !file.definition.parameterValues.some((each) => each.id === id),
      )
      .map(({ id, attributes }) => ({
        id,
        stringValue: attributes.some(({ stringValue }) => stringValue.startsWith('AWS::')) ? 's3://b/k' : '1',
      }));
    return {
      definition: file.definition,
      problems: validateDefinition(file.definition, { activationValues }),
    };
  };
  it.each([
    'aws-sample-helloworld',
    'aws-sample-shell-s3-staging',
    'aws-sample-rds-mysql-to-s3-copy',
    'aws-sample-s3-tsv-to-redshift',
    'dataduct-extract-rds',
    'arthur-etl-upgrade',
    'devguide-copy-s3-to-s3-tutorial',
  ])('%s has no error and comes back as it was', (name) => {
    const { definition, problems } = read(name);
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
    const again = readDefinitionFile(writeDefinitionFile(definition)).definition;
    expect(writeDefinitionFile(again)).toBe(writeDefinitionFile(again));
    const fields = (each: PipelineDefinition) => each.pipelineObjects.map((object) => object.fields.length);
    expect(fields(again)).toEqual(fields(definition));
  });

  it('aws-sample-kinesis-to-s3-emr is refused for its period', () => {
    const errors = read('aws-sample-kinesis-to-s3-emr').problems.filter(
      ({ severity }) => severity === 'error',
    );
    expect(summary(errors)).toEqual([expect.stringContaining(`'period' "15 Period" is not a period`)]);
  });
});

describe('any definition', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'Default',
      'A',
      '#{a.b}',
      '#{myX',
      '#{*p}',
      'Schedule',
      'ShellCommandActivity',
      '1 day',
      'ondemand',
    ),
  );
  const key = fc.oneof(
    text,
    fc.constantFrom('type', 'parent', 'schedule', 'scheduleType', 'period', 'dependsOn', '*password', 'id'),
  );
  const field = fc.oneof(fc.record({ key, stringValue: text }), fc.record({ key, refValue: text }));
  it('is answered with problems, never with a crash', () => {
    fc.assert(
      fc.property(
        fc.record({
          pipelineObjects: fc.array(
            fc.record({ id: text, name: text, fields: fc.array(field, { maxLength: 6 }) }),
            { maxLength: 6 },
          ),
          parameterObjects: fc.array(
            fc.record({ id: text, attributes: fc.array(fc.record({ key, stringValue: text })) }),
            { maxLength: 3 },
          ),
          parameterValues: fc.array(fc.record({ id: text, stringValue: text }), { maxLength: 3 }),
        }),
        (definition) => {
          validateDefinition(definition);
          activationProblems(definition);
          writeDefinitionFile(definition);
        },
      ),
    );
  });

  it('may chain ten thousand parents and dependencies', { timeout: 60_000 }, () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => ({
      ...SHELL,
      id: `A${i}`,
      ...(i === 0 ? {} : { parent: { ref: `A${i - 1}` }, dependsOn: { ref: `A${i - 1}` } }),
    }));
    const problems = validateDefinition(definitionOf([DEFAULT, DAILY, ...chain]));
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
