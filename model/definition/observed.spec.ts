import { describe, expect, it } from 'vitest';
import { evaluateText } from '../expression/evaluate.js';
import { readDefinitionFile } from './definition-file.js';
import { resolveComponents } from './inheritance.js';
import { resolveParameters } from './parameters.js';
import type { DefinitionProblem } from './pipeline-definition.js';
import { validateDefinition } from './validate.js';

type FileObject = Readonly<Record<string, unknown>>;
interface Row {
  readonly rule: string;
  readonly objects: readonly FileObject[];
  readonly rest?: FileObject;
  /** What must be said; nothing at all is when it is left out. */
  readonly warning?: RegExp;
}

const ON_DEMAND = { id: 'Default', name: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' };
const CRON = { ...ON_DEMAND, scheduleType: 'cron', schedule: { ref: 'Daily' } };
const DAILY = { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' };
const SHELL = { id: 'Say', type: 'ShellCommandActivity', command: 'date' };
const ALARM = { id: 'Alarm', type: 'SnsAlarm', topicArn: 'arn:x', role: 'R', subject: 's', message: 'm' };
const HOST = { id: 'Host', type: 'Ec2Resource' };
const ON_HOST = { ...SHELL, runsOn: { ref: 'Host' } };
const HIVE = { id: 'Hive', type: 'HiveActivity', hiveScript: 'x' };

/** What AWS accepted, contrary to a strict reading of the documents: each bullet of what was observed. */
const ACCEPTED: readonly Row[] = [
  {
    rule: 'objects without type that serve only as parents, three levels of them',
    objects: [
      ON_DEMAND,
      { id: 'A', topicArn: 'arn:x' },
      { id: 'B', parent: { ref: 'A' }, role: 'R' },
      { id: 'C', parent: { ref: 'B' }, subject: 's' },
      { id: 'D', type: 'SnsAlarm', parent: { ref: 'C' }, message: 'm' },
      { ...SHELL, onFail: { ref: 'D' } },
    ],
  },
  { rule: 'type "Default" on Default', objects: [{ ...ON_DEMAND, type: 'Default' }, SHELL] },
  { rule: 'only a Default object', objects: [ON_DEMAND] },
  {
    rule: 'HiveActivity without input and output when stage is "false"',
    objects: [ON_DEMAND, { ...HIVE, stage: 'false' }],
  },
  {
    rule: 'parameters for start, period, occurrences, scheduleType, retries',
    objects: [
      { ...CRON, scheduleType: '#{myType}' },
      { ...DAILY, period: '#{myPeriod}', startDateTime: '#{myStart}', occurrences: '#{myCount}' },
      { ...SHELL, maximumRetries: '#{myRetries}' },
    ],
    rest: {
      values: {
        myType: 'cron',
        myPeriod: '1 day',
        myStart: '2024-01-01T00:00:00',
        myCount: '3',
        myRetries: '1',
      },
    },
  },
  {
    rule: 'a parameter in a part of a literal',
    objects: [ON_DEMAND, ON_HOST, { ...HOST, terminateAfter: '#{myTimeout} Hours' }],
    rest: { values: { myTimeout: '2' } },
  },
  {
    rule: 'a JDBC URL composed of several parameters',
    objects: [
      ON_DEMAND,
      { id: 'Query', type: 'SqlActivity', database: { ref: 'Db' }, script: 'select 1' },
      {
        id: 'Db',
        type: 'JdbcDatabase',
        connectionString: 'jdbc:postgresql://#{myHost}:#{myPort}/#{myDb}',
        jdbcDriverClass: 'org.postgresql.Driver',
        username: 'u',
        '*password': 'p',
      },
    ],
    rest: { values: { myHost: 'h', myPort: '5432', myDb: 'd' } },
  },
  {
    rule: 'parameter ids that do not begin with my',
    objects: [ON_DEMAND, { ...SHELL, command: '#{bucket}' }],
    rest: { parameters: [{ id: 'bucket', type: 'String' }], values: { bucket: 'b' } },
  },
  {
    rule: 'parameter values without a declared parameter',
    objects: [ON_DEMAND, { ...SHELL, command: '#{myBucket}' }],
    rest: { values: { myBucket: 'b' } },
  },
  {
    rule: 'parameter type string in lower case',
    objects: [ON_DEMAND, { ...SHELL, command: '#{myBucket}' }],
    rest: { parameters: [{ id: 'myBucket', type: 'string' }], values: { myBucket: 'b' } },
  },
  {
    rule: 'scriptArgument eleven times',
    objects: [ON_DEMAND, { ...SHELL, scriptArgument: Array.from({ length: 11 }, (_, i) => `${i}`) }],
  },
  {
    rule: 'user fields on Default, read by bare name',
    objects: [
      { ...ON_DEMAND, myBucket: 'b' },
      { ...SHELL, command: '#{myBucket}' },
    ],
  },
  {
    rule: 'user fields read through input',
    objects: [
      ON_DEMAND,
      { ...SHELL, stage: 'false', input: { ref: 'Data' }, command: '#{input.myX}' },
      { id: 'Data', type: 'S3DataNode', filePath: 's3://b/k', myX: 'x' },
    ],
  },
  {
    rule: '#{@error} without node in an SnsAlarm; node reads inherited fields',
    objects: [
      { ...ON_DEMAND, pipelineLogUri: 's3://b/logs' },
      { ...SHELL, onFail: { ref: 'Alarm' } },
      { ...ALARM, message: '#{@error} #{node.pipelineLogUri} #{node.errorMessage} #{node.@actualEndTime}' },
    ],
  },
  ...['CRON', 'Cron', 'TIMESERIES'].map((scheduleType) => ({
    rule: `scheduleType ${scheduleType}`,
    objects: [{ ...CRON, scheduleType }, DAILY, SHELL],
  })),
  { rule: 'scheduleType ONDEMAND', objects: [{ ...ON_DEMAND, scheduleType: 'ONDEMAND' }, SHELL] },
  {
    rule: 'CASCADE and retryall',
    objects: [
      { ...ON_DEMAND, failureAndRerunMode: 'CASCADE' },
      { ...ON_HOST, id: 'A' },
      { ...HOST, actionOnTaskFailure: 'terminate', actionOnResourceFailure: 'retryall' },
    ],
  },
  ...['10 Days', '1 YEAR', '15 Minutes'].map((period) => ({
    rule: `period "${period}"`,
    objects: [CRON, { ...DAILY, period }, SHELL],
  })),
  {
    rule: 'period "1 MINUTE", below the quota',
    objects: [CRON, { ...DAILY, period: '1 MINUTE' }, SHELL],
    warning: /shorter than the minimum of 15 minutes/,
  },
  {
    rule: 'ids with dots and hyphens, blanks in names, names left out',
    objects: [ON_DEMAND, { ...SHELL, id: 'a.b-c', name: 'Say it' }, { ...SHELL, id: 'd' }],
  },
  {
    rule: 'empty arrays',
    objects: [
      ON_DEMAND,
      { ...SHELL, id: 'S', runsOn: { ref: 'Cluster' } },
      { id: 'Cluster', type: 'EmrCluster', releaseLabel: 'emr-5.30.0', configuration: [] },
    ],
  },
  { rule: 'metadata beside the objects', objects: [ON_DEMAND, SHELL], rest: { metadata: { a: 1 } } },
  { rule: 'the old name logUri', objects: [ON_DEMAND, ON_HOST, { ...HOST, logUri: 's3://b/l' }] },
  {
    rule: 'the old name emrLogUri',
    objects: [
      ON_DEMAND,
      { ...SHELL, runsOn: { ref: 'Cluster' } },
      { id: 'Cluster', type: 'EmrCluster', releaseLabel: 'emr-5.30.0', emrLogUri: 's3://b/l' },
    ],
  },
  {
    rule: 'the old name installHive',
    objects: [
      ON_DEMAND,
      { ...SHELL, runsOn: { ref: 'Cluster' } },
      { id: 'Cluster', type: 'EmrCluster', amiVersion: '2.4.8', installHive: 'latest' },
    ],
  },
  ...['SqlDataNode', 'MySqlDataNode'].map((type) => ({
    rule: `connectionString, username and *password directly on ${type}`,
    objects: [
      ON_DEMAND,
      {
        id: 'Table',
        type,
        table: 't',
        selectQuery: 'select 1',
        connectionString: 'jdbc:mysql://h/d',
        username: 'u',
        '*password': 'p',
      },
    ],
  })),
  {
    rule: 'compression none',
    objects: [ON_DEMAND, { id: 'Data', type: 'S3DataNode', filePath: 's3://b/k', compression: 'none' }],
  },
  {
    rule: 'parent and schedule as text: taken as references, with a warning',
    objects: [{ ...CRON, schedule: 'Daily' }, DAILY, { ...SHELL, parent: 'Default' }],
    warning: /is text and is taken as a reference/,
  },
];

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['a reference to nothing', fileOf([ON_DEMAND, { ...SHELL, dependsOn: { ref: 'X' } }]), /refers to "X"/],
  [
    'a reference by name',
    fileOf([ON_DEMAND, { ...SHELL, name: 'Say it' }, { ...SHELL, id: 'B', dependsOn: { ref: 'Say it' } }]),
    /the object of that name has the id "Say"/,
  ],
  ['period "15 Period"', fileOf([CRON, { ...DAILY, period: '15 Period' }, SHELL]), /"15 Period"/],
  ['a raw line break', '{"objects":[{"id":"a\nb"}]}', /a raw line break stands in a string/],
  ['a trailing comma', '{"objects":[{"id":"Default"},]}', /a comma before "\]"/],
  ['an id that stands twice', fileOf([ON_DEMAND, SHELL, SHELL]), /DUPLICATE_ID/],
  ['typographic quotes', '{“objects”:[]}', /a typographic quote/],
  [
    'region us_west_1',
    fileOf([ON_DEMAND, ON_HOST, { ...HOST, region: 'us_west_1' }]),
    /'region' value "us_west_1".*did you mean "us-west-1"/,
  ],
  [
    'slots for fields',
    '{"pipelineObjects":[{"id":"Default","name":"Default","slots":[]}]}',
    /"slots" is its name in an obsolete version/,
  ],
];

function fileOf(objects: readonly FileObject[], rest: FileObject = {}): string {
  return JSON.stringify({ objects, ...rest });
}

function problemsOf(text: string): DefinitionProblem[] {
  const { definition, problems } = readDefinitionFile(text);
  return [...problems, ...validateDefinition(definition)];
}

describe('AWS accepted, and so does validation', () => {
  it.each(ACCEPTED.map((row) => [row.rule, row] as const))('%s', (_, { objects, rest, warning }) => {
    const problems = problemsOf(fileOf(objects, rest));
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
    const messages = problems.map(({ message }) => message);
    if (warning === undefined) expect(messages).toEqual([]);
    else expect(messages).toContainEqual(expect.stringMatching(warning));
  });

  it('an array parameter in one step: it becomes several, in order', () => {
    const step = { id: 'Emr', type: 'EmrActivity', step: '#{myStep}', runsOn: { ref: 'Cluster' } };
    const cluster = { id: 'Cluster', type: 'EmrCluster', releaseLabel: 'emr-5.30.0' };
    const text = fileOf([ON_DEMAND, step, cluster], { values: { myStep: ['a.jar,1', 'b.jar', 'c.jar'] } });
    expect(problemsOf(text)).toEqual([]);
    const { definition } = readDefinitionFile(text);
    const context = {
      pipelineId: '',
      self: 'Emr',
      components: resolveComponents(definition).components,
      parameters: resolveParameters(definition).values,
      runtime: () => ({}),
    };
    expect(evaluateText('#{myStep}', context)).toEqual(['a.jar,1', 'b.jar', 'c.jar']);
  });
});

describe('published but broken, and refused', () => {
  it.each(REFUSED)('%s', (_, text, message) => {
    const errors = problemsOf(text).filter(({ severity }) => severity !== 'warning');
    expect(errors.map((each) => each.message)).toContainEqual(expect.stringMatching(message));
  });
});
