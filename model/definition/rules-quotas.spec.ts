import { describe } from 'vitest';
import {
  DAILY,
  HOST,
  ON_HOST,
  S3,
  SHELL,
  fields,
  itKeeps,
  many,
  type FileObject,
  type Row,
} from '../../test/fixtures/rule-rows.js';

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

describe("AWS's quotas", () => itKeeps(QUOTAS));
describe('objects on several schedules', () => itKeeps(CROSSINGS));
