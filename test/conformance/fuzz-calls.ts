import fc from 'fast-check';
import { OPERATIONS } from './suite.js';

/** A request as it is sent; it is signed as it is. */
export interface FuzzedCall {
  readonly target: string | undefined;
  readonly contentType: string | undefined;
  /** Latin-1: one character a byte. `$pipeline` and the other names of NAMES are replaced before it is signed. */
  readonly body: string;
  readonly path: string;
  readonly method: 'POST' | 'PUT' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
}

/** Names in bodies for what there is only when the fuzzer runs. */
export const NAMES = ['$pipeline', '$instance', '$marker'] as const;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const OBJECTS: Json = [
  { id: 'Default', name: 'Default', fields: [{ key: 'scheduleType', stringValue: 'ondemand' }] },
  {
    id: 'Say',
    name: 'Say',
    fields: [
      { key: 'type', stringValue: 'ShellCommandActivity' },
      { key: 'command', stringValue: '#{myCommand} #{format(@scheduledStartTime, "YYYY")}' },
      { key: 'workerGroup', stringValue: 'fuzz' },
      { key: 'dependsOn', refValue: 'Other' },
    ],
  },
  {
    id: 'Other',
    name: 'Other',
    fields: [
      { key: 'type', stringValue: 'ShellCommandActivity' },
      { key: 'command', stringValue: 'true' },
      { key: 'workerGroup', stringValue: 'fuzz' },
    ],
  },
];
const DEFINITION: Json = {
  pipelineId: '$pipeline',
  pipelineObjects: OBJECTS,
  parameterObjects: [{ id: 'myCommand', attributes: [{ key: 'type', stringValue: 'String' }] }],
  parameterValues: [{ id: 'myCommand', stringValue: 'date' }],
};
const TASK = { taskId: 'AAAA' };

/** A right input of each operation: what is changed at random. */
const INPUTS: Readonly<Record<(typeof OPERATIONS)[number], Json>> = {
  ActivatePipeline: {
    pipelineId: '$pipeline',
    parameterValues: [{ id: 'myCommand', stringValue: 'x' }],
    startTimestamp: 1.9e9,
  },
  AddTags: { pipelineId: '$pipeline', tags: [{ key: 'a', value: 'b' }] },
  CreatePipeline: { name: 'fuzz', uniqueId: 'fuzz', description: 'd', tags: [{ key: 'a', value: 'b' }] },
  DeactivatePipeline: { pipelineId: '$pipeline', cancelActive: true },
  DeletePipeline: { pipelineId: '$pipeline' },
  DescribeObjects: {
    pipelineId: '$pipeline',
    objectIds: ['Say', '$instance', '$instance_Attempt=1'],
    evaluateExpressions: true,
    marker: '',
  },
  DescribePipelines: { pipelineIds: ['$pipeline'] },
  EvaluateExpression: {
    pipelineId: '$pipeline',
    objectId: 'Say',
    expression: '#{myCommand + 1} #{minusDays(x, 1)}',
  },
  GetPipelineDefinition: { pipelineId: '$pipeline', version: 'latest' },
  ListPipelines: { marker: '1' },
  PollForTask: { workerGroup: 'g', hostname: 'h', instanceIdentity: { document: 'd', signature: 's' } },
  PutPipelineDefinition: DEFINITION,
  QueryObjects: {
    pipelineId: '$pipeline',
    sphere: 'INSTANCE',
    query: {
      selectors: [
        { fieldName: '@status', operator: { type: 'EQ', values: ['FAILED', 'RUNNING'] } },
        { fieldName: '@actualStartTime', operator: { type: 'BETWEEN', values: ['2020-01-01', '2030'] } },
      ],
    },
    marker: '$marker',
    limit: 10,
  },
  RemoveTags: { pipelineId: '$pipeline', tagKeys: ['a'] },
  ReportTaskProgress: { ...TASK, fields: [{ key: 'percentComplete', stringValue: '4' }] },
  ReportTaskRunnerHeartbeat: { taskrunnerId: 'r', workerGroup: 'g', hostname: 'h' },
  SetStatus: { pipelineId: '$pipeline', objectIds: ['Say'], status: 'PAUSE' },
  SetTaskStatus: { ...TASK, taskStatus: 'FAILED', errorId: 'e', errorMessage: 'm', errorStackTrace: 's' },
  ValidatePipelineDefinition: DEFINITION,
};

/** Texts that something may stumble over. */
const ODD_TEXTS = [
  ['', ' ', '\u0000', '\ud800', '\udfff\ud83d', '\ufffe', '\u202e', 'a\u0000b', '\r\n', '\t', '\u007f'],
  ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'length', 'null', 'undefined', 'NaN'],
  ["'; drop table pipelines; --", '%s%n', '${x}', '$1', '\\', '"', '<x>', '../../etc/passwd', '{path}'],
  ['#{', '#{}', '#{#{x}}', '#{@', "#{format(@x,'')}", '#{node.', '#{a+b*-', '#{1/0}', '#{(((((((('],
  ['#{'.repeat(500), '('.repeat(5000), '#{myCommand}'.repeat(200), `#{${'('.repeat(2000)}`],
  [256, 257, 1024, 1025, 10_240, 10_241].map((length) => 'x'.repeat(length)),
  ['ü'.repeat(1024), '\u{1F600}'.repeat(600), '2020-02-30', '0000', '9999-12-31T23:59:59', '2020-01-01T25'],
  ['5 minutes', '-1 day', '1e9 years', 'ondemand', 'latest', 'ACTIVE', 'instance', 'EQ', 'BETWEEN', '@id'],
  ['WyJpZCIsIiIsImEiLDFd', 'bnVsbA', '$pipeline', '$instance', 'Say', 'Other', 'Default', 'sealed:v1:x.'],
].flat();
const ODD_NUMBERS = [0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e300, 1e-300, 253_402_300_800];

const oddValue: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_NUMBERS) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Json>(null, true, false, [], {}, [[]], [null], [{}], { a: { b: [] } }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json) },
);

/** Where in a value something is changed: steps that are taken modulo what there is. */
const place = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 7 });

type Change =
  | {
      readonly how: 'replace' | 'add';
      readonly at: readonly number[];
      readonly value: Json;
      readonly name: string;
    }
  | { readonly how: 'remove' | 'repeat' | 'nest'; readonly at: readonly number[]; readonly times: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      how: fc.constantFrom('replace', 'replace', 'add'),
      at: place,
      value: oddValue,
      name: fc.constantFrom(
        'extra',
        '__proto__',
        'pipelineId',
        'constructor',
        '',
        'x'.repeat(5000),
        '\ud800',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      how: fc.constantFrom('remove', 'repeat', 'nest'),
      at: place,
      times: fc.constantFrom(1, 2, 11, 99, 101, 3000),
    }),
  },
);

/** The value with one thing in it changed. */
function changed(value: Json, { at: [first = 0, ...rest], ...how }: Change): Json {
  if (typeof value !== 'object' || value === null) return changedHere(value, how);
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (entries.length === 0) return changedHere(value, how);
  const at = first % entries.length;
  const [key, inner] = entries[at] ?? ['', null];
  const whole = rest.length > 0 && typeof inner === 'object' && inner !== null;
  if (whole) return withMember(value, key, changed(inner, { at: rest, ...how } as Change));
  if (how.how === 'remove') {
    const left = entries.filter((_, place) => place !== at);
    return Array.isArray(value) ? left.map(([, each]) => each) : fromEntries(left as [string, Json][]);
  }
  if (how.how === 'add') {
    return Array.isArray(value) ? [...value, how.value] : withMember(value, how.name, how.value);
  }
  return withMember(value, key, changedHere(inner, how));
}

function changedHere(value: Json, how: Omit<Change, 'at'>): Json {
  const { how: kind, value: other = null, times = 1 } = how as { how: string; value?: Json; times?: number };
  if (kind === 'replace' || kind === 'add') return other;
  if (kind === 'repeat' && Array.isArray(value)) return Array.from({ length: times }, () => value).flat();
  if (kind === 'repeat' && typeof value === 'string') return value.repeat(times);
  if (kind === 'nest') {
    let nested = value;
    for (let depth = 0; depth < Math.min(times, 150); depth++)
      nested = depth % 2 === 0 ? [nested] : { a: nested };
    return nested;
  }
  return null;
}

function withMember(value: Json[] | { [name: string]: Json }, key: string | number, inner: Json): Json {
  if (Array.isArray(value)) return value.with(Number(key), inner);
  return fromEntries([...Object.entries(value).filter(([name]) => name !== key), [String(key), inner]]);
}

/** Defines, so that `__proto__` is a name like any other. */
function fromEntries(entries: readonly (readonly [string, Json])[]): { [name: string]: Json } {
  return Object.fromEntries(entries) as { [name: string]: Json };
}

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

/** What is done to the bytes of a body. */
const damage: fc.Arbitrary<(body: string) => string> = fc.oneof(
  { weight: 12, arbitrary: fc.constant((body: string) => body) },
  { weight: 1, arbitrary: fc.nat().map((at) => (body: string) => body.slice(0, at % (body.length + 1))) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([at, byte]) => (body: string) => {
      const place = at % (body.length + 1);
      return body.slice(0, place) + String.fromCharCode(byte) + body.slice(place + 1);
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', '\u00ef\u00bb\u00bf{}', 'null', '[]', '"x"', '1', 'true', '{', '{"a":1e999}', '{} {}')
      .map((text) => () => text),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(`${'['.repeat(50_000)}`, `{"a":${'{"a":'.repeat(5000)}1`)
      .map((text) => () => text),
  },
  { weight: 1, arbitrary: fc.constant((body: string) => `{"pipelineId":"x",${body.slice(1)}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => () => text) },
);

const usually = <T>(right: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 15, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: fc.constantFrom(right, ...others) },
  );

/** Requests of every operation, most of them nearly right. */
export const fuzzedCall: fc.Arbitrary<FuzzedCall> = fc.constantFrom(...OPERATIONS).chain((operation) =>
  fc.record({
    target: usually<string | undefined>(
      `DataPipeline.${operation}`,
      undefined,
      '',
      operation,
      `DataPipeline_20121129.${operation}`,
      `DataPipeline.${operation.toLowerCase()}`,
      'DataPipeline.__proto__',
      'DataPipeline.constructor',
      `DynamoDB.${operation}`,
      'DataPipeline.'.padEnd(4000, 'x'),
    ),
    contentType: usually<string | undefined>(
      'application/x-amz-json-1.1',
      'application/x-amz-json-1.0; charset=utf-8',
      undefined,
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'x'.repeat(3000),
    ),
    path: usually('/', '/?x=1', '/?X-Amz-Target=DataPipeline.ListPipelines', '//', '/x', '/%00', '/?%ff'),
    method: usually<FuzzedCall['method']>('POST', 'PUT', 'GET', 'DELETE'),
    headers: usually<Record<string, string>>(
      {},
      { 'content-encoding': 'gzip' },
      { expect: '100-continue' },
      { accept: 'text/html' },
      { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      { 'transfer-encoding': 'chunked' },
      { 'x-http-method-override': 'DELETE' },
      { 'x-amzn-requestid': 'mine' },
    ),
    body: fc
      .tuple(fc.array(change, { maxLength: 4 }), damage)
      .map(([changes, damaged]) =>
        damaged(bytesOf(JSON.stringify(changes.reduce(changed, INPUTS[operation] as Json)))),
      ),
  }),
);
