import type { OpenAPIObject } from '@nestjs/swagger';
import { schemasOf } from './openapi-version.js';

type Node = Record<string, unknown>;
type Schemas = Readonly<Record<string, Node>>;

const INSTANT = '2030-01-01T00:00:00.000Z';
const UUID = '8e03978e-40d5-43e8-bc93-6894a57f9324';
const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const INSTANCE = '@CopyLogs_2030-01-01T00:00:00';

/** Values of members that mean the same wherever they stand; DTOs give those that are their own. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  id: 'CopyLogs',
  pipelineId: 'df-0123456789ABCDEFGHIJ',
  instanceId: INSTANCE,
  componentId: 'CopyLogs',
  objectId: 'CopyLogs',
  scheduleId: 'Daily',
  name: 'CopyLogs',
  type: 'CopyActivity',
  creator: 'default',
  description: 'Copies the logs of each day',
  key: 'team',
  value: 'web',
  next: 'eyJwIjoxfQ',
  hostname: 'runner-1',
  errorId: 'CommandFailed',
  errorMessage: 'The command ended with exit code 2',
  logLocation: 's3://logs/df-0123456789ABCDEFGHIJ/CopyLogs/',
  message: 'period "5 minutes" is shorter than 15 minutes',
  meaning: 'Number of tries after the first',
  summary: 'Copies data from one place to another',
  from: INSTANT,
  to: INSTANT,
  field: 'period',
  waitingOn: [],
  preconditions: 'LogsAreThere',
  onSuccess: 'TellTeam',
  onFail: 'TellOperators',
  onLateAction: 'TellOperators',
  scheduleIds: 'Daily',
  objects: 'CopyLogs',
  before: '1 day',
  after: '2 days',
  objectIds: 'CopyLogs',
  groups: 'ActivityType',
  group: 'schedule',
  targets: 'Schedule',
  values: 'cron',
  refusals: 'the period of an existing Schedule cannot be changed',
  unavailable: 'temporal',
  notYet: 'EmrActivity',
  workerGroups: 'onprem',
  notes: 'It is valid at once',
  credentialId: 'PSKABCDEFGHIJKLMNOPQ',
  claimedCredentialId: 'PSKABCDEFGHIJKLMNOPQ',
  secretAccessKey: 'shown-once-and-never-again',
  sessionToken: 'shown-once-and-never-again',
  token: 'shown-once-and-never-again',
  createdBy: 'arn:aws:iam::000000000000:user/ada',
  revokedBy: 'arn:aws:iam::000000000000:user/ada',
  replacedBy: 'PSKBCDEFGHIJKLMNOPQR',
  source: '192.0.2.7',
  error: 'AccessDeniedException',
  workerGroup: 'onprem',
  default: '3',
  defaultNote: 'as long as the period',
  defaultSource: 'the developer guide',
  ref: 'Daily',
  text: 'objects: []',
  pipeline: 'NightlyLogs',
  node: '@Logs_2030-01-01T00:00:00',
  resource: '@Machine_2030-01-01T00:00:00',
  sentence: 'It waits for a task runner: nobody serves the worker group "onprem".',
  note: 'The pipeline was deactivated',
  status: 'RUNNING',
  previousStatus: 'WAITING_FOR_RUNNER',
  version: 2,
};

/**
 * The document with an example of every body, made of those of its parts, so that both say the same. The examples of the DTOs come
 * first, then those by name, then what the schema itself allows.
 */
export function withExamples(document: OpenAPIObject): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as unknown as Schemas;
  for (const media of mediaTypesOf(document.paths)) {
    if ('example' in media || 'examples' in media || !('schema' in media)) continue;
    media['example'] = exampleOf(media['schema'] as Node, '', schemas, []);
  }
  return document;
}

/** The media types of all bodies. */
function* mediaTypesOf(node: unknown): Generator<Node> {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, child] of Object.entries(node)) {
    if (name === 'content') yield* Object.values(child as Record<string, Node>);
    else yield* mediaTypesOf(child);
  }
}

function exampleOf(schema: Node, name: string, schemas: Schemas, above: readonly string[]): unknown {
  const [given] = Array.isArray(schema['examples']) ? (schema['examples'] as unknown[]) : [];
  if (given !== undefined) return given;
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const target = reference.split('/').at(-1) ?? '';
    return exampleOf(schemas[target] ?? {}, target, schemas, [...above, target]);
  }
  for (const several of ['allOf', 'oneOf', 'anyOf']) {
    const [first] = Array.isArray(schema[several]) ? (schema[several] as Node[]) : [];
    if (first !== undefined) return exampleOf(first, name, schemas, above);
  }
  const [allowed] = Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : [];
  if (allowed !== undefined) return allowed;
  if (schema['type'] === 'array') {
    const items = schema['items'] as Node;
    const target = (typeof items['$ref'] === 'string' ? items['$ref'] : '').split('/').at(-1) ?? '';
    // What holds its own kind ends somewhere.
    return above.includes(target) || Array.isArray(BY_NAME[name])
      ? []
      : [exampleOf(items, name, schemas, above)];
  }
  if (schema['type'] === 'object' || 'properties' in schema) {
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Node>);
    return Object.fromEntries(
      properties.map(([member, each]) => [member, exampleOf(each, member, schemas, above)]),
    );
  }
  if ('default' in schema) return schema['default'];
  if (schema['type'] === 'boolean') return false;
  if (schema['type'] === 'integer' || schema['type'] === 'number') {
    const known = BY_NAME[name];
    return typeof known === 'number' ? known : (schema['minimum'] ?? 1);
  }
  if (schema['format'] === 'date-time') return INSTANT;
  if (schema['format'] === 'uuid') return UUID;
  if (schema['pattern'] === '^[0-9a-f]{64}$') return SHA256;
  if (typeof BY_NAME[name] === 'string') return BY_NAME[name];
  return name === '' ? 'text' : name;
}

/** Members of the document whose example had to be their own name: somebody should give them one. Of tests. */
export function withoutExample(document: OpenAPIObject): string[] {
  return [...schemasOf(document)].flatMap((schema) =>
    Object.entries((schema['properties'] ?? {}) as Record<string, Node>).flatMap(([member, each]) =>
      [member, `["${member}"]`].includes(textOf(exampleOf(each, member, {}, []))) ? [member] : [],
    ),
  );
}

function textOf(example: unknown): string {
  return typeof example === 'string' ? example : (JSON.stringify(example) ?? '');
}
