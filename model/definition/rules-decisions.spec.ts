import { describe, expect, it } from 'vitest';
import {
  ALARM,
  CLUSTER,
  DAILY,
  DEFAULT,
  HOST,
  ON_CLUSTER,
  ON_HOST,
  S3,
  SHELL,
  TABLE,
  definitionOf,
  itKeeps,
  summary,
  type FileObject,
  type Row,
} from '../../test/fixtures/rule-rows.js';
import { validateDefinition } from './validate.js';

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

describe('decisions', () => itKeeps(DECISIONS));

describe('accepted without a word', () => {
  it.each(ACCEPTED)('%s', (_, objects) => {
    expect(summary(validateDefinition(definitionOf(objects)))).toEqual([]);
  });
});
