import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import type { DefinitionProblem, PipelineDefinition, PipelineObject } from './pipeline-definition.js';
import { validateDefinition } from './validate.js';

type FileObject = Readonly<Record<string, unknown>>;
type Rest = Readonly<Record<string, unknown>>;

/** A rule, the smallest definition that breaks it with what must be said, and the neighbour that does not break it. */
interface Row {
  readonly rule: string;
  readonly breaks: readonly FileObject[];
  /** `severity object.field: message`, whole. */
  readonly says: string;
  /** What follows from it, as `severity object.field: CODE`. */
  readonly also?: readonly string[];
  readonly keeps: readonly FileObject[];
  /** Parameters and values of either definition. */
  readonly breaksWith?: Rest;
  readonly keepsWith?: Rest;
}

const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' };
const DAILY = { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' };
const SHELL = { id: 'Say', type: 'ShellCommandActivity', command: 'date' };
const S3 = { id: 'Data', type: 'S3DataNode', filePath: 's3://b/k' };
const TABLE = { id: 'Table', type: 'DynamoDBDataNode', tableName: 't' };
const HOST = { id: 'Host', type: 'Ec2Resource' };
const ON_HOST = { ...SHELL, runsOn: { ref: 'Host' } };
const CLUSTER = { id: 'Cluster', type: 'EmrCluster' };
const ON_CLUSTER = { ...SHELL, runsOn: { ref: 'Cluster' } };
const DATABASE = {
  id: 'Db',
  type: 'JdbcDatabase',
  connectionString: 'jdbc:postgresql://h/d',
  jdbcDriverClass: 'org.postgresql.Driver',
  username: 'u',
  '*password': 'p',
};
const SQL = { id: 'Query', type: 'SqlActivity', database: { ref: 'Db' }, script: 'select 1' };
const REDSHIFT = { id: 'Db', type: 'RedshiftDatabase', username: 'u', '*password': 'p' };
const ALARM = {
  id: 'Alarm',
  type: 'SnsAlarm',
  topicArn: 'arn:aws:sns:us-east-1:111122223333:t',
  subject: 's',
  message: 'm',
  role: 'R',
};
const KEY = { id: 'Key', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'R' };
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const fields = (count: number): FileObject =>
  Object.fromEntries(many(count, (index) => [`my_${index}`, 'x']));

/** semantics.md 15, "Errors", one a sentence or item of the list "Rules to check". */
const ERRORS: readonly Row[] = [
  {
    rule: 'a required field must be there',
    breaks: [{ id: 'Key', type: 'S3KeyExists', role: 'R' }],
    says: `error Key.s3Key: MISSING_FIELD:  's3Key' is required on S3KeyExists: Full URI of the key.`,
    keeps: [KEY],
  },
  {
    rule: 'a required field may be inherited',
    breaks: [{ id: 'P' }, { id: 'Key', type: 'S3KeyExists', role: 'R', parent: { ref: 'P' } }],
    says: `error Key.s3Key: MISSING_FIELD:  's3Key' is required on S3KeyExists: Full URI of the key.`,
    keeps: [
      { id: 'P', s3Key: 's3://b/k' },
      { id: 'Key', type: 'S3KeyExists', role: 'R', parent: { ref: 'P' } },
    ],
  },
  {
    rule: 'a type must be known',
    breaks: [{ ...SHELL, type: 'ShellCommand' }],
    says: `error Say.type: INVALID_TYPE:  'type' "ShellCommand" is not a type of object; did you mean "ShellCommandActivity"?`,
    also: ['warning Daily.undefined: UNUSED_SCHEDULE'],
    keeps: [SHELL],
  },
  {
    rule: 'a type is needed on what is instantiated',
    breaks: [{ id: 'P', command: 'date' }],
    says: `error P.type: MISSING_FIELD:  'type' is missing. Only Default and objects that others name as parent have none.`,
    keeps: [
      { id: 'P', command: 'date' },
      { id: 'A', type: 'ShellCommandActivity', parent: { ref: 'P' } },
    ],
  },
  {
    rule: 'an object has one type',
    breaks: [{ ...SHELL, type: ['ShellCommandActivity', 'SqlActivity'] }],
    says: `error Say.type: INVALID_FIELD_VALUE:  'type' has several values, one of them "SqlActivity". Expected one.`,
    keeps: [SHELL],
  },
  {
    rule: 'an object has one parent',
    breaks: [
      { id: 'P' },
      { id: 'Q' },
      { ...SHELL, parent: [{ ref: 'P' }, { ref: 'Q' }], workerGroup: 'wg', schedule: { ref: 'Daily' } },
      { id: 'A', parent: { ref: 'Q' }, type: 'Terminate' },
    ],
    says: `error Say.parent: INVALID_FIELD_VALUE:  'parent' has several values, one of them "Q". Expected one.`,
    keeps: [{ id: 'P' }, { ...SHELL, parent: { ref: 'P' } }],
  },
  {
    rule: 'ids are unique',
    breaks: [KEY, KEY],
    says: `error Key.id: DUPLICATE_ID:  'id' "Key" is used by more than one object. Expected a different id for each.`,
    keeps: [KEY, { ...KEY, id: 'Key2' }],
  },
  {
    rule: 'a reference names an object that exists',
    breaks: [{ ...SHELL, input: { ref: 'Dat' } }, S3],
    says: `error Say.input: INVALID_REFERENCE:  'input' refers to "Dat", which is not an object of the definition; did you mean "Data"?`,
    keeps: [{ ...SHELL, input: { ref: 'Data' } }, S3],
  },
  {
    rule: 'a reference is by id, not by name',
    breaks: [
      { ...SHELL, input: { ref: 'My data' } },
      { ...S3, name: 'My data' },
    ],
    says: `error Say.input: INVALID_REFERENCE:  'input' refers to "My data", which is not an object of the definition; references are by id: the object of that name has the id "Data"`,
    keeps: [
      { ...SHELL, input: { ref: 'Data' } },
      { ...S3, name: 'My data' },
    ],
  },
  {
    rule: 'a reference names an object of a fitting type',
    breaks: [{ ...SHELL, precondition: { ref: 'Data' } }, S3],
    says: `error Say.precondition: INVALID_REFERENCE:  'precondition' refers to "Data", an S3DataNode. Expected DynamoDBDataExists, DynamoDBTableExists, Exists, S3KeyExists, S3PrefixNotEmpty, ShellCommandPrecondition.`,
    keeps: [{ ...SHELL, precondition: { ref: 'Key' } }, KEY],
  },
  {
    rule: 'an enumeration has one of its values',
    breaks: [{ ...DEFAULT, failureAndRerunMode: 'cascading' }],
    says: `error Default.failureAndRerunMode: INVALID_FIELD_VALUE:  'failureAndRerunMode' value "cascading" is not one of none, cascade; did you mean "cascade"?`,
    keeps: [{ ...DEFAULT, failureAndRerunMode: 'Cascade' }],
  },
  {
    rule: 'a period is a period',
    breaks: [{ ...DAILY, period: '15 Period' }],
    says: `error Daily.period: INVALID_FIELD_VALUE:  'period' "15 Period" is not a period: expected a whole number and minutes, hours, days, weeks, months or years, for example "15 minutes".`,
    keeps: [{ ...DAILY, period: '15 Minutes' }],
  },
  {
    rule: 'a period has a length',
    breaks: [{ ...SHELL, attemptTimeout: '0 minutes' }],
    says: `error Say.attemptTimeout: INVALID_FIELD_VALUE:  'attemptTimeout' value "0 minutes" has no length: expected a number of at least 1.`,
    keeps: [{ ...SHELL, attemptTimeout: '1 minute' }],
  },
  {
    rule: 'a datetime is a date of the calendar',
    breaks: [{ ...DAILY, endDateTime: '2024-02-30T00:00:00' }],
    says: `error Daily.endDateTime: INVALID_FIELD_VALUE:  'endDateTime' value must be a literal datetime value. Found "2024-02-30T00:00:00"; expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00.`,
    keeps: [{ ...DAILY, endDateTime: '2024-02-29T00:00:00' }],
  },
  {
    rule: 'a datetime has no zone: it is always UTC',
    breaks: [{ ...DAILY, startDateTime: '2024-01-01T00:00:00Z' }],
    says: `error Daily.startDateTime: INVALID_FIELD_VALUE:  'startDateTime' value must be a literal datetime value. Found "2024-01-01T00:00:00Z"; expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00.`,
    keeps: [{ ...DAILY, startDateTime: '2024-01-01T00:00:00' }],
  },
  {
    rule: 'ShellCommandActivity has command or scriptUri',
    breaks: [{ id: 'Say', type: 'ShellCommandActivity' }],
    says: `error Say.command: MISSING_FIELD:  'command' or 'scriptUri' is required on ShellCommandActivity. Found neither.`,
    keeps: [{ id: 'Say', type: 'ShellCommandActivity', scriptUri: 's3://b/s.sh' }],
  },
  {
    rule: 'ShellCommandActivity has not both of command and scriptUri',
    breaks: [{ ...SHELL, scriptUri: 's3://b/s.sh' }],
    says: `error Say.scriptUri: INVALID_FIELD:  'command' or 'scriptUri' may be set on ShellCommandActivity, not both.`,
    keeps: [SHELL],
  },
  {
    rule: 'ShellCommandPrecondition has not both of command and scriptUri',
    breaks: [{ id: 'Ready', type: 'ShellCommandPrecondition', command: 'true', scriptUri: 's3://b/s.sh' }],
    says: `error Ready.scriptUri: INVALID_FIELD:  'command' or 'scriptUri' may be set on ShellCommandPrecondition, not both.`,
    keeps: [{ id: 'Ready', type: 'ShellCommandPrecondition', scriptUri: 's3://b/s.sh' }],
  },
  {
    rule: 'SqlActivity has not both of script and scriptUri',
    breaks: [{ ...SQL, scriptUri: 's3://b/s.sql' }, DATABASE],
    says: `error Query.scriptUri: INVALID_FIELD:  'script' or 'scriptUri' may be set on SqlActivity, not both.`,
    keeps: [SQL, DATABASE],
  },
  {
    rule: 'PigActivity has script or scriptUri',
    breaks: [{ id: 'Pig', type: 'PigActivity' }],
    says: `error Pig.script: MISSING_FIELD:  'script' or 'scriptUri' is required on PigActivity. Found neither.`,
    keeps: [{ id: 'Pig', type: 'PigActivity', script: 'x' }],
  },
  {
    rule: 'HiveActivity has not both of hiveScript and scriptUri',
    breaks: [{ id: 'Hive', type: 'HiveActivity', hiveScript: 'x', scriptUri: 's3://b/s.q' }],
    says: `error Hive.scriptUri: INVALID_FIELD:  'hiveScript' or 'scriptUri' may be set on HiveActivity, not both.`,
    keeps: [{ id: 'Hive', type: 'HiveActivity', hiveScript: 'x' }],
  },
  {
    rule: 'a Schedule has startAt or startDateTime',
    breaks: [{ id: 'Daily', type: 'Schedule', period: '1 day' }],
    says: `error Daily.startAt: MISSING_FIELD:  'startAt' or 'startDateTime' is required on Schedule. Found neither.`,
    keeps: [{ id: 'Daily', type: 'Schedule', period: '1 day', startAt: 'FIRST_ACTIVATION_DATE_TIME' }],
  },
  {
    rule: 'a Schedule has not both of startAt and startDateTime',
    breaks: [{ ...DAILY, startAt: 'FIRST_ACTIVATION_DATE_TIME' }],
    says: `error Daily.startDateTime: INVALID_FIELD:  'startAt' or 'startDateTime' may be set on Schedule, not both.`,
    keeps: [DAILY],
  },
  {
    rule: 'RedshiftDatabase has clusterId or connectionString',
    breaks: [REDSHIFT],
    says: `error Db.clusterId: MISSING_FIELD:  'clusterId' or 'connectionString' is required on RedshiftDatabase. Found neither.`,
    keeps: [{ ...REDSHIFT, connectionString: 'jdbc:redshift://h:5439/d' }],
  },
  {
    rule: 'RedshiftDatabase has not both of clusterId and connectionString',
    breaks: [{ ...REDSHIFT, clusterId: 'c', connectionString: 'jdbc:redshift://h:5439/d' }],
    says: `error Db.connectionString: INVALID_FIELD:  'clusterId' or 'connectionString' may be set on RedshiftDatabase, not both.`,
    keeps: [{ ...REDSHIFT, clusterId: 'c' }],
  },
  {
    rule: 'EmrCluster has not both of releaseLabel and amiVersion',
    breaks: [{ ...CLUSTER, releaseLabel: 'emr-5.29.0', amiVersion: '3.8.0' }, ON_CLUSTER],
    says: `error Cluster.amiVersion: INVALID_FIELD:  'releaseLabel' or 'amiVersion' may be set on EmrCluster, not both.`,
    keeps: [CLUSTER, ON_CLUSTER],
  },
  {
    rule: 'occurrences and endDateTime exclude each other',
    breaks: [{ ...DAILY, occurrences: '1', endDateTime: '2024-01-02T00:00:00' }],
    says: `error Daily.occurrences: INVALID_FIELD_VALUE:  'occurrences' "1" and endDateTime "2024-01-02T00:00:00" are both given: expected at most one of them.`,
    keeps: [{ ...DAILY, occurrences: '1' }],
  },
  {
    rule: 'the end is later than the start',
    breaks: [{ ...DAILY, endDateTime: '2024-01-01T00:00:00' }],
    says: `error Daily.endDateTime: INVALID_FIELD_VALUE:  'endDateTime' "2024-01-01T00:00:00" is not later than the start 2024-01-01T00:00:00.`,
    keeps: [{ ...DAILY, endDateTime: '2024-01-02T00:00:00' }],
  },
  {
    rule: 'there is at least one occurrence',
    breaks: [{ ...DAILY, occurrences: '0' }],
    says: `error Daily.occurrences: INVALID_FIELD_VALUE:  'occurrences' "0" is not a number of runs: expected a whole number from 1.`,
    keeps: [{ ...DAILY, occurrences: '1' }],
  },
  {
    rule: 'onLateAction needs lateAfterTimeout',
    breaks: [
      { ...SHELL, onLateAction: { ref: 'Stop' } },
      { id: 'Stop', type: 'Terminate' },
    ],
    says: `error Say.lateAfterTimeout: MISSING_FIELD:  'lateAfterTimeout' is required with 'onLateAction': nothing is late without it.`,
    keeps: [
      { ...SHELL, onLateAction: { ref: 'Stop' }, lateAfterTimeout: '15 minutes' },
      { id: 'Stop', type: 'Terminate' },
    ],
  },
  {
    rule: 'a resource has no runsOn',
    breaks: [ON_HOST, { ...HOST, runsOn: { ref: 'Host' } }],
    says: `error Host.runsOn: INVALID_FIELD:  'runsOn' must not be set on Ec2Resource. Expected it on the activities.`,
    keeps: [ON_HOST, HOST],
  },
  {
    rule: 'a resource has no workerGroup of its own; that of Default it ignores',
    breaks: [ON_HOST, { ...HOST, workerGroup: 'wg' }],
    says: `error Host.workerGroup: INVALID_FIELD:  'workerGroup' must not be set on Ec2Resource. Expected it on the activities.`,
    keeps: [ON_HOST, HOST],
  },
  {
    rule: 'dependencies have no circle',
    breaks: [
      { ...SHELL, dependsOn: { ref: 'B' } },
      { ...SHELL, id: 'B', dependsOn: { ref: 'Say' } },
    ],
    says: `error Say.dependsOn: CYCLIC_DEPENDENCY:  objects wait for each other in a circle: "Say" -> "B" -> "Say". Expected an order without circles over dependsOn, input and output.`,
    keeps: [SHELL, { ...SHELL, id: 'B', dependsOn: { ref: 'Say' } }],
  },
  {
    rule: 'data have no circle',
    breaks: [{ ...SHELL, input: { ref: 'Data' }, output: { ref: 'Data' } }, S3],
    says: `error Say.dependsOn: CYCLIC_DEPENDENCY:  objects wait for each other in a circle: "Say" -> "Data" -> "Say". Expected an order without circles over dependsOn, input and output.`,
    keeps: [{ ...SHELL, input: { ref: 'Data' }, output: { ref: 'Out' } }, S3, { ...S3, id: 'Out' }],
  },
  {
    rule: 'parents have no circle',
    breaks: [
      { ...SHELL, parent: { ref: 'B' } },
      { id: 'B', parent: { ref: 'Say' } },
    ],
    says: `error Say.parent: INVALID_REFERENCE:  'parent' leads in a circle: "Say" -> "B" -> "Say". Expected a chain of parents that ends.`,
    also: [
      'warning Say.runsOn: MISSING_FIELD',
      'error Say.schedule: MISSING_FIELD',
      'warning Daily.undefined: UNUSED_SCHEDULE',
    ],
    keeps: [
      { ...SHELL, parent: { ref: 'B' } },
      { id: 'B', parent: { ref: 'Default' } },
    ],
  },
  {
    rule: 'configurations inside each other have no circle',
    breaks: [
      { id: 'C', type: 'EmrConfiguration', classification: 'core-site', configuration: { ref: 'D' } },
      { id: 'D', type: 'EmrConfiguration', classification: 'export', configuration: { ref: 'C' } },
    ],
    says: `error C.configuration: CYCLIC_DEPENDENCY:  'configuration' leads in a circle: "C" -> "D" -> "C". Expected configurations inside each other that end.`,
    keeps: [
      { id: 'C', type: 'EmrConfiguration', classification: 'core-site', configuration: { ref: 'D' } },
      { id: 'D', type: 'EmrConfiguration', classification: 'export' },
    ],
  },
  {
    rule: 'ondemand stands on Default only',
    breaks: [{ ...SHELL, scheduleType: 'ondemand' }],
    says: `error Say.scheduleType: INVALID_FIELD_VALUE:  'scheduleType' value "ondemand" may be set on Default only: a pipeline is ondemand as a whole.`,
    also: ['warning Default.schedule: INVALID_FIELD_VALUE'],
    keeps: [
      { id: 'Default', scheduleType: 'ONDEMAND', workerGroup: 'wg' },
      { ...SHELL, scheduleType: 'ondemand' },
    ],
  },
  {
    rule: 'ondemand on Default suffers no other scheduleType',
    breaks: [
      { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' },
      { ...SHELL, scheduleType: 'cron' },
    ],
    says: `error Say.scheduleType: INVALID_FIELD_VALUE:  'scheduleType' value "cron" does not go with ondemand on Default.`,
    also: ['error Say.schedule: MISSING_FIELD'],
    keeps: [{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' }, SHELL],
  },
  {
    rule: 'what is not ondemand has a schedule',
    breaks: [{ id: 'Default', scheduleType: 'cron', workerGroup: 'wg' }],
    says: `error Say.schedule: MISSING_FIELD:  'schedule' is required on ShellCommandActivity, its own or inherited from Default, unless 'scheduleType' is ondemand.`,
    keeps: [DEFAULT],
  },
  {
    rule: 'fields of the user begin with my and a capital letter or _',
    breaks: [{ ...SHELL, mything: 'x' }],
    says: `error Say.mything: INVALID_FIELD:  'mything' is not a field of ShellCommandActivity. Fields of your own begin with "my" and a capital letter or "_".`,
    keeps: [{ ...SHELL, myThing: 'x', my_thing: { ref: 'Daily' } }],
  },
  {
    rule: 'a share of throughput is at least 0.1',
    breaks: [{ ...TABLE, readThroughputPercent: '0.05' }],
    says: `error Table.readThroughputPercent: INVALID_FIELD_VALUE:  'readThroughputPercent' value "0.05" is not a number from 0.1 to 1.0.`,
    keeps: [{ ...TABLE, readThroughputPercent: '0.1' }],
  },
  {
    rule: 'a share of throughput is at most 1.0',
    breaks: [{ ...TABLE, writeThroughputPercent: '1.1' }],
    says: `error Table.writeThroughputPercent: INVALID_FIELD_VALUE:  'writeThroughputPercent' value "1.1" is not a number from 0.1 to 1.0.`,
    keeps: [{ ...TABLE, writeThroughputPercent: '1.0' }],
  },
  {
    rule: 'a bid is more than 0',
    breaks: [ON_HOST, { ...HOST, spotBidPrice: '0' }],
    says: `error Host.spotBidPrice: INVALID_FIELD_VALUE:  'spotBidPrice' value "0" is not a price: expected a number of USD greater than 0 and less than 20.00.`,
    keeps: [ON_HOST, { ...HOST, spotBidPrice: '0.01' }],
  },
  {
    rule: 'a bid is less than 20.00',
    breaks: [ON_HOST, { ...HOST, spotBidPrice: '20.00' }],
    says: `error Host.spotBidPrice: INVALID_FIELD_VALUE:  'spotBidPrice' value "20.00" is not a price: expected a number of USD greater than 0 and less than 20.00.`,
    keeps: [ON_HOST, { ...HOST, spotBidPrice: '19.99' }],
  },
  {
    rule: 'a bid for a group of nodes is a price',
    breaks: [ON_CLUSTER, { ...CLUSTER, taskInstanceBidPrice: '$1' }],
    says: `error Cluster.taskInstanceBidPrice: INVALID_FIELD_VALUE:  'taskInstanceBidPrice' value "$1" is not a price: expected a number of USD greater than 0 and less than 20.00, or OnDemandPrice.`,
    keeps: [ON_CLUSTER, { ...CLUSTER, taskInstanceBidPrice: '1', masterInstanceBidPrice: 'OnDemandPrice' }],
  },
  {
    rule: 'retries are not negative',
    breaks: [{ ...SHELL, maximumRetries: '-1' }],
    says: `error Say.maximumRetries: INVALID_FIELD_VALUE:  'maximumRetries' value "-1" is too small: expected at least 0.`,
    keeps: [{ ...SHELL, maximumRetries: '0' }],
  },
  {
    rule: 'at least one instance may be active',
    breaks: [{ ...SHELL, maxActiveInstances: '0' }],
    says: `error Say.maxActiveInstances: INVALID_FIELD_VALUE:  'maxActiveInstances' value "0" is too small: expected at least 1.`,
    keeps: [{ ...SHELL, maxActiveInstances: '1' }],
  },
  {
    rule: 'S3DataNode has filePath or directoryPath',
    breaks: [{ id: 'Data', type: 'S3DataNode' }],
    says: `error Data.filePath: MISSING_FIELD:  'filePath' or 'directoryPath' is required on S3DataNode. Found neither.`,
    keeps: [{ id: 'Data', type: 'S3DataNode', directoryPath: 's3://b/d/' }],
  },
  {
    rule: 'runtime fields are not set',
    breaks: [{ ...SHELL, '@status': 'FINISHED' }],
    says: `error Say.@status: INVALID_FIELD:  '@status' is written by the service. Expected no field that begins with @.`,
    keeps: [SHELL],
  },
];

/** semantics.md 1 to 3: parameters, values and expressions. */
const LANGUAGE: readonly Row[] = [
  {
    rule: 'a field has one value, unless it is a list',
    breaks: [{ ...SHELL, command: ['a', 'b'] }],
    says: `error Say.command: INVALID_FIELD_VALUE:  'command' has 2 values: "a", "b". Expected one.`,
    keeps: [{ ...SHELL, scriptArgument: ['a', 'b'] }],
  },
  {
    rule: 'a field of a reference holds no text',
    breaks: [{ ...SHELL, dependsOn: 'Data' }, S3],
    says: `error Say.dependsOn: INVALID_FIELD_VALUE:  'dependsOn' value "Data" is text. Expected {"ref": "Data"}.`,
    keeps: [{ ...SHELL, dependsOn: { ref: 'Data' } }, S3],
  },
  {
    rule: 'a field of text holds no reference',
    breaks: [{ ...SHELL, stdout: { ref: 'Data' } }, S3],
    says: `error Say.stdout: INVALID_FIELD_VALUE:  'stdout' is a reference to "Data". Expected text.`,
    keeps: [{ ...SHELL, stdout: 's3://b/k' }],
  },
  {
    rule: 'startDateTime is literal',
    breaks: [{ ...DAILY, startDateTime: '#{makeDate(2011,5,24).format(myPattern)}' }],
    breaksWith: { values: { myPattern: 'YYYY' } },
    says: `error Daily.startDateTime: INVALID_FIELD_VALUE:  'startDateTime' value must be a literal datetime value. Found "2011" (from "#{makeDate(2011,5,24).format(myPattern)}"); expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00.`,
    keeps: [{ ...DAILY, startDateTime: '#{myStart}' }],
    keepsWith: { values: { myStart: '2011-05-24T00:00:00' } },
  },
  {
    rule: 'a parameter that is not optional has a value or a default',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX' }] },
    says: `error myX.undefined: MISSING_PARAMETER:  parameter "myX" has no value. Expected a value, a 'default', or 'optional' "true".`,
    keeps: [SHELL],
    keepsWith: {
      parameters: [
        { id: 'myX', default: 'x' },
        { id: 'myY', optional: 'true' },
      ],
    },
  },
  {
    rule: 'an Integer is a whole number',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'Integer' }], values: { myX: '1.5' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "1.5" of parameter "myX" is not an Integer, for example "5".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'Integer' }], values: { myX: '15' } },
  },
  {
    rule: 'a Double is a number',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'Double' }], values: { myX: 'half' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "half" of parameter "myX" is not a Double, for example "0.25".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'Double' }], values: { myX: '0.5' } },
  },
  {
    rule: 'an AWS::S3::ObjectKey looks like s3://',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'AWS::S3::ObjectKey' }], values: { myX: 'b/k' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "b/k" of parameter "myX" is not an S3 location, for example "s3://bucket/key".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'AWS::S3::ObjectKey' }], values: { myX: 's3://b/k' } },
  },
  {
    rule: 'a value is one of allowedValues',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', allowedValues: ['a', 'b'] }], values: { myX: 'c' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "c" of parameter "myX" is not allowed. Expected a, b.`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', allowedValues: ['a', 'b'] }], values: { myX: 'b' } },
  },
  {
    rule: 'the type of a parameter is known',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'Int', default: '1' }] },
    says: `warning myX.type: INVALID_PARAMETER:  'type' "Int" of parameter "myX" is unknown; expected String, Integer, Double, AWS::S3::ObjectKey. It is taken as String.`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'integer', default: '1' }] },
  },
  {
    rule: 'a parameter is declared once',
    breaks: [SHELL],
    breaksWith: {
      parameters: [
        { id: 'myX', default: '1' },
        { id: 'myX', default: '2' },
      ],
    },
    says: `error myX.undefined: DUPLICATE_ID:  parameter "myX" is declared more than once. Expected one declaration.`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', default: '1' }] },
  },
  {
    rule: 'several values are for arrays',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX' }], values: { myX: ['1', '2'] } },
    says: `warning myX.undefined: INVALID_PARAMETER:  parameter "myX" has 2 values. Expected one, or 'isArray' "true".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', isArray: 'true' }], values: { myX: ['1', '2'] } },
  },
  {
    rule: 'an expression can be read',
    breaks: [{ ...SHELL, command: '#{1 +}' }],
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 6: expected a name, number, string or "(", found "}"\n  #{1 +}\n       ^`,
    keeps: [{ ...SHELL, command: '#{1 + 1}' }],
  },
  {
    rule: 'a function exists',
    breaks: [{ ...SHELL, command: '#{minusDay(@scheduledStartTime, 1)}' }],
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 3: there is no function "minusDay"; did you mean "minusDays"?\n  #{minusDay(@scheduledStartTime, 1)}\n    ^`,
    keeps: [{ ...SHELL, command: '#{minusDays(@scheduledStartTime, 1)}' }],
  },
  {
    rule: 'a name in an expression is a field or a parameter',
    breaks: [{ ...SHELL, command: '#{myOther}' }],
    breaksWith: { values: { myOthers: 'x' } },
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 3: "myOther" is neither a field of object "Say" nor a parameter; did you mean "myOthers"?\n  #{myOther}\n    ^`,
    keeps: [{ ...SHELL, command: '#{myOther}' }],
    keepsWith: { values: { myOther: 'x' } },
  },
  {
    rule: 'a name behind a reference is a field of what it refers to',
    breaks: [{ ...SHELL, command: '#{input.directoryPath}', input: { ref: 'Data' } }, S3],
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 3: object "Data" has no field "directoryPath"\n  #{input.directoryPath}\n    ^`,
    keeps: [{ ...SHELL, command: '#{input.filePath}', input: { ref: 'Data' } }, S3],
  },
  {
    rule: 'a secret parameter is read by its starred name',
    breaks: [{ ...SHELL, command: '#{myKey}' }],
    breaksWith: { parameters: [{ id: '*myKey' }], values: { '*myKey': 'k' } },
    says: `warning Say.command: INVALID_EXPRESSION:  'command' reads parameter "myKey", which is declared as secret. Expected "#{*myKey}".`,
    keeps: [{ ...SHELL, command: '#{*myKey}' }],
    keepsWith: { parameters: [{ id: '*myKey' }], values: { '*myKey': 'k' } },
  },
  {
    rule: 'a field of Default is one that something knows or reads',
    breaks: [{ ...DEFAULT, failureAndRerunModus: 'cascade' }],
    says: `warning Default.failureAndRerunModus: INVALID_FIELD:  'failureAndRerunModus' is not a field of any type, and no expression reads it; did you mean "failureAndRerunMode"?`,
    keeps: [
      { ...DEFAULT, failureAndRerunModus: 'cascade', anything: 'x' },
      { ...SHELL, command: '#{failureAndRerunModus}' },
    ],
  },
];

/** semantics.md 17: AWS's quotas. They are warnings that name the quota, never limits. */
const QUOTAS: readonly Row[] = [
  {
    rule: 'objects per pipeline',
    breaks: many(99, (index) => ({ id: `P${index}`, type: 'Property', key: 'k', value: 'v' })),
    says: `warning undefined.undefined: LIMIT_EXCEEDED:  102 objects are more than AWS Data Pipeline's quota of 100. Penstock has no such limit.`,
    keeps: many(97, (index) => ({ id: `P${index}`, type: 'Property', key: 'k', value: 'v' })),
  },
  {
    rule: 'active instances per object',
    breaks: [{ ...SHELL, maxActiveInstances: '6' }],
    says: `warning Say.maxActiveInstances: LIMIT_EXCEEDED:  'maxActiveInstances' value "6" is more than AWS Data Pipeline's quota of 5. Penstock has no such limit.`,
    keeps: [{ ...SHELL, maxActiveInstances: '5' }],
  },
  {
    rule: 'fields per object',
    breaks: [{ ...SHELL, ...fields(49) }],
    says: `warning Say.undefined: LIMIT_EXCEEDED:  51 fields are more than AWS Data Pipeline's quota of 50. Penstock has no such limit.`,
    keeps: [{ ...SHELL, ...fields(48) }],
  },
  {
    rule: 'bytes of an id',
    breaks: [{ ...SHELL, id: 'ä'.repeat(129), name: 'x' }],
    says: `warning ${'ä'.repeat(129)}.id: LIMIT_EXCEEDED:  258 bytes in the id are more than AWS Data Pipeline's quota of 256. Penstock has no such limit.`,
    keeps: [{ ...SHELL, id: 'ä'.repeat(128), name: 'x' }],
  },
  {
    rule: 'bytes of the name of a field',
    breaks: [{ ...SHELL, [`my_${'x'.repeat(254)}`]: 'x' }],
    says: `warning Say.my_${'x'.repeat(254)}: LIMIT_EXCEEDED:  257 bytes in the name of field "my_${'x'.repeat(197)}…" are more than AWS Data Pipeline's quota of 256. Penstock has no such limit.`,
    keeps: [{ ...SHELL, [`my_${'x'.repeat(253)}`]: 'x' }],
  },
  {
    rule: 'bytes of a field',
    breaks: [{ ...SHELL, command: 'x'.repeat(10_241) }],
    says: `warning Say.command: LIMIT_EXCEEDED:  10241 bytes in field "command" are more than AWS Data Pipeline's quota of 10240. Penstock has no such limit.`,
    keeps: [{ ...SHELL, command: 'x'.repeat(10_240) }],
  },
  {
    rule: 'bytes of an object',
    breaks: [{ ...SHELL, command: 'x'.repeat(8000), my_x: 'x'.repeat(8000) }],
    says: `warning Say.undefined: LIMIT_EXCEEDED:  16041 bytes in the object are more than AWS Data Pipeline's quota of 15360. Penstock has no such limit.`,
    keeps: [{ ...SHELL, command: 'x'.repeat(8000), my_x: 'x'.repeat(7000) }],
  },
  {
    rule: 'retries per task',
    breaks: [{ ...SHELL, maximumRetries: '6' }],
    says: `warning Say.maximumRetries: LIMIT_EXCEEDED:  'maximumRetries' value "6" is more than AWS Data Pipeline's quota of 5. Penstock has no such limit.`,
    keeps: [{ ...SHELL, maximumRetries: '5' }],
  },
  {
    rule: 'delay between retries',
    breaks: [{ ...SHELL, retryDelay: '1 minute' }],
    says: `warning Say.retryDelay: LIMIT_EXCEEDED:  'retryDelay' value "1 minute" is shorter than AWS Data Pipeline's minimum of 2 minutes. Penstock has no such limit.`,
    keeps: [{ ...SHELL, retryDelay: '2 minutes' }],
  },
  {
    rule: 'shortest period of a schedule',
    breaks: [{ ...DAILY, period: '14 minutes' }],
    says: `warning Daily.period: LIMIT_EXCEEDED:  'period' "14 minutes" is shorter than the minimum of 15 minutes that AWS Data Pipeline has. Penstock accepts it, as an extension.`,
    keeps: [{ ...DAILY, period: '15 minutes' }],
  },
  {
    rule: 'longest period of a schedule',
    breaks: [{ ...DAILY, period: '37 months' }],
    says: `warning Daily.period: LIMIT_EXCEEDED:  'period' "37 months" is longer than the maximum of 3 years that AWS Data Pipeline has. Penstock accepts it, as an extension.`,
    keeps: [{ ...DAILY, period: '3 years' }],
  },
  {
    rule: 'EC2 instances per Ec2Resource',
    breaks: [ON_HOST, { ...HOST, instanceCount: '2' }],
    says: `warning Host.instanceCount: LIMIT_EXCEEDED:  'instanceCount' value "2" is more than AWS Data Pipeline's quota of 1: an Ec2Resource is one instance.`,
    keeps: [ON_HOST, { ...HOST, instanceCount: '1' }],
  },
  {
    rule: 'parameters per definition',
    breaks: [SHELL],
    breaksWith: { parameters: many(51, (index) => ({ id: `myP${index}`, default: 'x' })) },
    says: `warning undefined.undefined: LIMIT_EXCEEDED:  51 parameters are more than AWS Data Pipeline's quota of 50. Penstock has no such limit.`,
    keeps: [SHELL],
    keepsWith: { parameters: many(50, (index) => ({ id: `myP${index}`, default: 'x' })) },
  },
  {
    rule: 'bytes of the values',
    breaks: [SHELL],
    breaksWith: { values: { myX: 'x'.repeat(15_358) } },
    says: `warning undefined.undefined: LIMIT_EXCEEDED:  15361 bytes of parameter values are more than AWS Data Pipeline's quota of 15360. Penstock has no such limit.`,
    keeps: [SHELL],
    keepsWith: { values: { myX: 'x'.repeat(15_357) } },
  },
  {
    rule: 'shortest lateAfterTimeout (semantics.md 7.1)',
    breaks: [{ ...SHELL, lateAfterTimeout: '14 minutes' }],
    says: `warning Say.lateAfterTimeout: LIMIT_EXCEEDED:  'lateAfterTimeout' value "14 minutes" is shorter than AWS Data Pipeline's minimum of 15 minutes. Penstock has no such limit.`,
    keeps: [{ ...SHELL, lateAfterTimeout: '15 minutes' }],
  },
  {
    rule: 'steps of an EmrActivity (semantics.md 13)',
    breaks: [{ id: 'Emr', type: 'EmrActivity', step: many(256, (index) => `s3://b/j.jar,${index}`) }],
    says: `warning Emr.step: LIMIT_EXCEEDED:  'step' has 256 values, more than AWS Data Pipeline's quota of 255. Penstock has no such limit.`,
    also: ['warning Emr.undefined: LIMIT_EXCEEDED'],
    keeps: [{ id: 'Emr', type: 'EmrActivity', step: many(40, (index) => `s3://b/j.jar,${index}`) }],
  },
];

/** One object on a schedule of its own that waits for another on Daily, and writes a third. */
const acrossSchedules = (period: string, other: FileObject = {}): FileObject[] => [
  { ...DAILY, ...other },
  { ...DAILY, id: 'Own', period },
  { ...S3, schedule: { ref: 'Own' } },
  { ...SHELL, input: { ref: 'Data' } },
  { ...SHELL, id: 'Sum', schedule: { ref: 'Own' }, dependsOn: { ref: 'Say' } },
];

const CROSSINGS: readonly Row[] = [
  {
    rule: 'roll-ups into one object: a quota of AWS',
    breaks: acrossSchedules('33 days'),
    says: `warning Sum.schedule: LIMIT_EXCEEDED:  each instance of "Sum" waits for some 33 of shorter schedules, more than AWS Data Pipeline's quota of 32 roll-ups into one object. Penstock has no such limit.`,
    keeps: acrossSchedules('32 days'),
  },
  {
    rule: 'an instance refers to no more others than a plan can hold',
    breaks: acrossSchedules('3 years', { period: '1 second' }),
    says: `error Sum.schedule: LIMIT_EXCEEDED:  each instance of "Sum" would refer to some 94608000 instances of other schedules. Expected at most 1000000: a shorter period for schedule "Own", or longer ones for the others.`,
    also: ['warning Daily.period: LIMIT_EXCEEDED'],
    keeps: acrossSchedules('1 month'),
  },
  {
    rule: 'instances that do not exist are not counted',
    breaks: acrossSchedules('3 years'),
    says: `warning Sum.schedule: LIMIT_EXCEEDED:  each instance of "Sum" waits for some 1095 of shorter schedules, more than AWS Data Pipeline's quota of 32 roll-ups into one object. Penstock has no such limit.`,
    keeps: acrossSchedules('3 years', { occurrences: '32' }),
  },
];

/** semantics.md 20 and observed.md: what was decided where the sources contradict each other. */
const DECISIONS: readonly Row[] = [
  {
    rule: 'delay between retries: 1 second is accepted, with a warning',
    breaks: [{ ...SHELL, retryDelay: '1 second' }],
    says: `warning Say.retryDelay: LIMIT_EXCEEDED:  'retryDelay' value "1 second" is shorter than AWS Data Pipeline's minimum of 2 minutes. Penstock has no such limit.`,
    keeps: [{ ...SHELL, retryDelay: '120 seconds' }],
  },
  {
    rule: 'EmrCluster.terminateAfter is a period',
    breaks: [ON_CLUSTER, { ...CLUSTER, terminateAfter: '2' }],
    says: `error Cluster.terminateAfter: INVALID_FIELD_VALUE:  'terminateAfter' value "2" is not a period: expected a whole number and minutes, hours, days, weeks, months or years, for example "15 minutes".`,
    keeps: [ON_CLUSTER, { ...CLUSTER, terminateAfter: '2 Hours' }],
  },
  {
    rule: 'EBS of an EmrCluster is a field in lower case',
    breaks: [
      ON_CLUSTER,
      { ...CLUSTER, TaskEbsConfiguration: { ref: 'Ebs' } },
      { id: 'Ebs', type: 'EbsConfiguration' },
    ],
    says: `error Cluster.TaskEbsConfiguration: INVALID_FIELD:  'TaskEbsConfiguration' is not a field of EmrCluster; did you mean "taskEbsConfiguration"? Fields of your own begin with "my" and a capital letter or "_".`,
    keeps: [
      ON_CLUSTER,
      { ...CLUSTER, taskEbsConfiguration: { ref: 'Ebs' } },
      { id: 'Ebs', type: 'EbsConfiguration' },
    ],
  },
  {
    rule: 'attemptStatus is read-only',
    breaks: [{ ...SHELL, attemptStatus: 'RUNNING' }],
    says: `warning Say.attemptStatus: INVALID_FIELD:  'attemptStatus' is written by the service; the value in the definition has no effect.`,
    keeps: [SHELL],
  },
  {
    rule: 'startDateTime is literal, whatever the guide shows',
    breaks: [{ ...DAILY, startDateTime: 'makeDate(2011,5,24)' }],
    says: `error Daily.startDateTime: INVALID_FIELD_VALUE:  'startDateTime' value must be a literal datetime value. Found "makeDate(2011,5,24)"; expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00.`,
    keeps: [{ ...DAILY, startDateTime: '2011-05-24T00:00:00' }],
  },
  {
    rule: 'ondemand has no Schedule, but for one of the two literals',
    breaks: [{ ...DEFAULT, scheduleType: 'ondemand' }],
    says: `warning Default.schedule: INVALID_FIELD_VALUE:  'schedule' has no effect with 'scheduleType' ondemand: the pipeline runs when it is activated, not by Schedule "Daily".`,
    keeps: [
      { ...DEFAULT, scheduleType: 'ondemand' },
      { id: 'Daily', type: 'Schedule', period: 'ONDEMAND_PERIOD', startAt: 'ONDEMAND_ACTIVATION_TIME' },
    ],
  },
  {
    rule: 'the region us_west_1 is refused',
    breaks: [{ ...TABLE, region: 'us_west_1' }],
    says: `error Table.region: INVALID_FIELD_VALUE:  'region' value "us_west_1" is not one of us-east-1, us-east-2, us-west-1, us-west-2, ca-central-1, eu-west-1, eu-west-2, eu-west-3, eu-central-1, ap-southeast-1, ap-southeast-2, ap-south-1, ap-northeast-1, ap-northeast-2, sa-east-1; did you mean "us-west-1"?`,
    keeps: [{ ...TABLE, region: 'us-west-1' }],
  },
  {
    rule: 'a region that AWS Data Pipeline did not have is only doubted',
    breaks: [{ ...TABLE, region: 'eu-south-2' }],
    says: `warning Table.region: LIMIT_EXCEEDED:  'region' value "eu-south-2" is a region that AWS Data Pipeline did not know.`,
    keeps: [{ ...TABLE, region: 'EU-WEST-1' }],
  },
  {
    rule: 'schedule and parent as text are taken for references',
    breaks: [{ ...SHELL, schedule: 'Daily' }],
    says: `warning Say.schedule: INVALID_FIELD_VALUE:  'schedule' value "Daily" is text and is taken as a reference. Expected {"ref": "Daily"} (refValue on the wire).`,
    keeps: [{ ...SHELL, schedule: { ref: 'Daily' } }],
  },
  {
    rule: 'runsOn beside workerGroup wins (semantics.md 9.3)',
    breaks: [{ ...ON_HOST, workerGroup: 'wg' }, HOST],
    says: `warning Say.workerGroup: INVALID_FIELD:  'workerGroup' has no effect, for 'runsOn' is set too.`,
    keeps: [ON_HOST, HOST],
  },
  {
    rule: 'neither runsOn nor workerGroup: saved, and waits for a runner (semantics.md 9.3)',
    breaks: [{ id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' } }],
    says: `warning Say.runsOn: MISSING_FIELD:  'runsOn' or 'workerGroup' is missing on ShellCommandActivity: it will stay in WAITING_FOR_RUNNER.`,
    keeps: [DEFAULT],
  },
  {
    rule: 'a bid for core nodes goes with their number (objects.yaml)',
    breaks: [ON_CLUSTER, { ...CLUSTER, coreInstanceBidPrice: '0.5' }],
    says: `warning Cluster.coreInstanceCount: MISSING_FIELD:  'coreInstanceCount' is expected with 'coreInstanceBidPrice': without it one core node is started.`,
    keeps: [ON_CLUSTER, { ...CLUSTER, coreInstanceBidPrice: '0.5', coreInstanceCount: '2' }],
  },
  ...['stdout', 'stderr'].map((field) => ({
    rule: `${field} is on S3 with runsOn (objects.yaml, ShellCommandActivity)`,
    breaks: [{ ...ON_HOST, [field]: '/var/log/x' }, HOST],
    says: `warning Say.${field}: INVALID_FIELD_VALUE:  '${field}' value "/var/log/x" is not on S3, and with 'runsOn' the disk of the resource is lost with it. Expected s3://bucket/key.`,
    keeps: [{ ...ON_HOST, [field]: 's3://b/x' }, HOST],
  })),
  {
    rule: 'CopyActivity reads CSV and TSV (semantics.md 13)',
    breaks: [
      { id: 'Copy', type: 'CopyActivity', input: { ref: 'Data' }, output: { ref: 'Out' } },
      { ...S3, dataFormat: { ref: 'F' } },
      { ...S3, id: 'Out' },
      { id: 'F', type: 'RegEx' },
    ],
    says: `warning Copy.input: INVALID_REFERENCE:  'input' refers to "Data", whose 'dataFormat' is a RegEx. AWS's CopyActivity reads CSV and TSV only.`,
    keeps: [
      { id: 'Copy', type: 'CopyActivity', input: { ref: 'Data' }, output: { ref: 'Out' } },
      { ...S3, dataFormat: { ref: 'F' } },
      { ...S3, id: 'Out' },
      { id: 'F', type: 'CSV' },
    ],
  },
  {
    rule: 'HiveCopyActivity: DynamoDB needs DynamoDBExportDataFormat (semantics.md 13)',
    breaks: [
      { id: 'Copy', type: 'HiveCopyActivity', input: { ref: 'Table' }, output: { ref: 'Data' } },
      TABLE,
      S3,
    ],
    says: `warning Copy.input: INVALID_REFERENCE:  'input' refers to "Table", a DynamoDBDataNode. HiveCopyActivity expects one whose 'dataFormat' is a DynamoDBExportDataFormat.`,
    keeps: [
      { id: 'Copy', type: 'HiveCopyActivity', input: { ref: 'Table' }, output: { ref: 'Data' } },
      { ...TABLE, dataFormat: { ref: 'F' } },
      { id: 'F', type: 'DynamoDBExportDataFormat' },
      S3,
    ],
  },
  {
    rule: 'HiveCopyActivity: S3 input needs DynamoDB output (semantics.md 13)',
    breaks: [
      { id: 'Copy', type: 'HiveCopyActivity', input: { ref: 'Data' }, output: { ref: 'Out' } },
      S3,
      { ...S3, id: 'Out' },
    ],
    says: `warning Copy.output: INVALID_REFERENCE:  'output' refers to "Out", an S3DataNode, and 'input' to another. HiveCopyActivity expects a DynamoDBDataNode on one side.`,
    keeps: [
      { id: 'Copy', type: 'HiveCopyActivity', input: { ref: 'Data' }, output: { ref: 'Table' } },
      { ...TABLE, dataFormat: { ref: 'F' } },
      { id: 'F', type: 'DynamoDBExportDataFormat' },
      S3,
    ],
  },
  {
    rule: 'Exists is not for DynamoDBDataNode (semantics.md 6.3)',
    breaks: [
      { ...TABLE, precondition: { ref: 'There' } },
      { id: 'There', type: 'Exists' },
    ],
    says: `warning Table.precondition: INVALID_REFERENCE:  'precondition' refers to "There", and Exists does not look at tables of DynamoDB. Expected DynamoDBTableExists or DynamoDBDataExists.`,
    keeps: [
      { ...S3, precondition: { ref: 'There' } },
      { id: 'There', type: 'Exists' },
    ],
  },
];

/** Decisions to accept: not a word may be said. */
const ACCEPTED: readonly (readonly [string, readonly FileObject[]])[] = [
  [
    'scriptArgument with scriptUri',
    [{ id: 'Say', type: 'ShellCommandActivity', scriptUri: 's3://b/s', scriptArgument: ['a', 'b'] }],
  ],
  ['HiveActivity without input and output', [{ id: 'Hive', type: 'HiveActivity', hiveScript: 'x' }]],
  ['role and resourceRole absent on resources: the guide names defaults', [ON_HOST, HOST]],
  ['both filePath and directoryPath', [{ ...S3, directoryPath: 's3://b/d' }]],
  ['scheduleType in any case', [{ ...DEFAULT, scheduleType: 'TimeSeries' }]],
  ['neither releaseLabel nor amiVersion', [ON_CLUSTER, CLUSTER]],
  [
    'attemptTimeout, onFail and onSuccess',
    [{ ...SHELL, attemptTimeout: '1 hour', onFail: { ref: 'Alarm' }, onSuccess: { ref: 'Alarm' } }, ALARM],
  ],
  ['an end, and neither end nor occurrences', [{ ...DAILY, endDateTime: '2030-01-01T00:00:00' }]],
  ['lateAfterTimeout without onLateAction', [{ ...SHELL, lateAfterTimeout: '1 hour' }]],
];

function definitionOf(objects: readonly FileObject[], rest: Rest = {}): PipelineDefinition {
  const ids = new Set(objects.map(({ id }) => id));
  const needed = [DEFAULT, SHELL].filter(({ id }) => !ids.has(id));
  const isScheduled = JSON.stringify([...needed, ...objects]).includes('"ref":"Daily"');
  const base = isScheduled && !ids.has('Daily') ? [DAILY, ...needed] : needed;
  const { definition, problems } = readDefinitionFile(
    JSON.stringify({ objects: [...base, ...objects], ...rest }),
  );
  expect(problems).toEqual([]);
  return definition;
}

function summary(problems: readonly DefinitionProblem[]): string[] {
  return problems.map(
    ({ severity, objectId, field, message }) => `${severity} ${objectId}.${field}: ${message}`,
  );
}

describe.each([
  ['errors', ERRORS],
  ['the language', LANGUAGE],
  ["AWS's quotas", QUOTAS],
  ['objects on several schedules', CROSSINGS],
  ['decisions', DECISIONS],
])('%s', (_, rows) => {
  it.each(rows.map((row) => [row.rule, row] as const))('%s', (__, row) => {
    const said = summary(validateDefinition(definitionOf(row.breaks, row.breaksWith)));
    expect(said).toContain(row.says);
    const others = said.filter((each) => each !== row.says).map((each) => /^.*?: [A-Z_]+/.exec(each)?.[0]);
    expect(others).toEqual(row.also ?? []);
    expect(summary(validateDefinition(definitionOf(row.keeps, row.keepsWith)))).toEqual([]);
  });
});

describe('accepted without a word', () => {
  it.each(ACCEPTED)('%s', (_, objects) => {
    expect(summary(validateDefinition(definitionOf(objects)))).toEqual([]);
  });
});

/** semantics.md 15, "Fatal": what cannot even be written in a file, so as it comes over the wire. */
describe('fatal', () => {
  const object: PipelineObject = {
    id: 'A',
    name: 'A',
    fields: [{ key: 'type', stringValue: 'Terminate' }],
  };
  it.each([
    [
      'an object without id',
      { ...object, id: '' },
      `fatal undefined.id: MISSING_FIELD:  'id' is missing on object number 1 named "A". Expected a unique id.`,
    ],
    [
      'an object without name',
      { ...object, name: '' },
      `fatal A.name: MISSING_FIELD:  'name' is missing on object "A". Expected a name.`,
    ],
    [
      'an empty text',
      { ...object, fields: [...object.fields, { key: 'my_x', stringValue: '' }] },
      `fatal A.my_x: INVALID_FIELD_VALUE:  'my_x' of object "A" is an empty text. Expected a value, or no such field.`,
    ],
    [
      'an empty reference',
      { ...object, fields: [...object.fields, { key: 'my_x', refValue: '' }] },
      `fatal A.my_x: INVALID_FIELD_VALUE:  'my_x' of object "A" is an empty reference. Expected a value, or no such field.`,
    ],
    [
      'a field without key',
      { ...object, fields: [...object.fields, { key: '', stringValue: 'x' }] },
      `fatal A.undefined: INVALID_FIELD:  a field of object "A" has no key. Expected the name of a field.`,
    ],
  ])('%s', (_, broken, says) => {
    const problemsOf = (each: PipelineObject) =>
      summary(validateDefinition({ pipelineObjects: [each], parameterObjects: [], parameterValues: [] }));
    expect(problemsOf(broken)).toEqual([says]);
    expect(problemsOf(object)).toEqual([]);
  });
});
