import type { OpenAPIObject } from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { IDEMPOTENCY_KEY, REPLAYED } from './idempotency.interceptor.js';

type Node = Record<string, unknown>;

/** What a problem of each status means, and what one looks like. */
const PROBLEMS = {
  400: [
    'The request is malformed, or says what cannot be',
    'limit "0": expected a whole number from 1 to 1000',
    'InvalidRequestException',
  ],
  401: ['No credential, or none that is known', 'The header Authorization is missing or no bearer token'],
  403: [
    'The caller may not do this',
    'User: arn:aws:iam::000000000000:user/ada is not authorized to perform: datapipeline:DeletePipeline',
    'AccessDeniedException',
  ],
  404: [
    'There is no such thing, or none that the caller may know of',
    'Pipeline with id: df-0123456789ABCDEFGHIJ does not exist',
    'PipelineNotFoundException',
  ],
  406: ['The answer has none of the media types of Accept', 'Accept "text/html": expected application/json'],
  409: [
    'A call with this Idempotency-Key is under way, or what is asked for is taken',
    'A call with Idempotency-Key "8e03978e" is under way: ask again in a moment',
  ],
  410: [
    'The pipeline was deleted',
    'Pipeline with id: df-0123456789ABCDEFGHIJ does not exist',
    'PipelineDeletedException',
  ],
  412: [
    'The definition is not the one that If-Match names',
    'If-Match "1a2b": the latest definition has the ETag "3c4d"',
  ],
  413: ['The body is too long', 'The request body has 2000000 bytes: expected at most 1048576'],
  415: ['The body has another media type', 'Content-Type "text/plain": expected application/json'],
  422: [
    'The definition has errors, or the Idempotency-Key was used for another call',
    "The definition has errors: ObjectId = 'Copy': …",
  ],
  428: [
    'If-Match is missing',
    'If-Match is missing: expected the ETag of the definition that is to be replaced',
  ],
  429: ['Too many calls: ask again after Retry-After seconds', 'Rate exceeded'],
  500: [
    'A fault of the server',
    'Internal error; the log of the API process has the reason under request id 8e03978e-40d5-43e8-bc93-6894a57f9324',
  ],
  503: [
    'The store or Temporal does not answer, or too much is asked at once: try again',
    'Temporal does not answer',
  ],
} as const satisfies Record<number, readonly [meaning: string, detail: string, error?: string]>;

type Status = keyof typeof PROBLEMS;

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: {
      type: 'string',
      enum: ['about:blank'],
      description: 'The status says what kind of problem it is',
    },
    title: { type: 'string', examples: ['Bad Request'] },
    status: { type: 'integer', minimum: 400, maximum: 599, examples: [400] },
    detail: {
      type: 'string',
      description: 'What is wrong, the value, and what was expected',
      examples: [PROBLEMS[400][1]],
    },
    error: {
      type: 'string',
      description: 'Name of the error on the AWS endpoint, where it has one',
      examples: [PROBLEMS[400][2]],
    },
    requestId: {
      type: 'string',
      description: 'As in the header x-amzn-RequestId and in the log',
      examples: ['8e03978e-40d5-43e8-bc93-6894a57f9324'],
    },
  },
};

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer', minimum: 0 } } };

/** The document with every problem that a call may be answered with, and the header that makes a POST safe to repeat. */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: PROBLEM_SCHEMA as never };
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, value] of Object.entries(methods as Node)) {
      const operation = value as Node;
      if (path.startsWith('/v1/')) describe(path, method, operation);
      for (const [status, response] of Object.entries(operation['responses'] as Record<string, Node>))
        response['description'] ||= STATUS_CODES[status];
    }
  }
  return document;
}

function describe(path: string, method: string, operation: Node): void {
  const responses = operation['responses'] as Record<string, Node>;
  const keyed = method === 'post' && operation['x-changes-nothing'] !== true;
  delete operation['x-changes-nothing'];
  const found = Object.keys(responses)
    .map(Number)
    .filter((status) => status in PROBLEMS) as Status[];
  const statuses = new Set<Status>([...found, 400, 401, 403, 406, 429, 500, 503]);
  if (path.includes('{')) statuses.add(404);
  if (path.includes('/pipelines/{id}')) statuses.add(410);
  if ('requestBody' in operation) for (const status of [413, 415] as const) statuses.add(status);
  if (keyed) for (const status of [409, 422] as const) statuses.add(status);
  for (const status of [...statuses].toSorted((a, b) => a - b))
    responses[status] = problem(status, responses[status]);
  if (keyed) keyParameter(operation, responses);
}

function problem(status: Status, given: Node = {}): Node {
  const [meaning, detail, error]: readonly [string, string, string?] = PROBLEMS[status];
  const named = error === undefined ? {} : { error };
  const requestId = '8e03978e-40d5-43e8-bc93-6894a57f9324';
  const example = { type: 'about:blank', title: STATUS_CODES[status], status, detail, ...named, requestId };
  const headers = status === 401 ? { 'WWW-Authenticate': { schema: { type: 'string' } } } : RETRY_AFTER;
  return {
    ...given,
    description: given['description'] || meaning,
    ...([401, 409, 429, 503].includes(status) ? { headers } : {}),
    content: {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example },
    },
  };
}

function keyParameter(operation: Node, responses: Record<string, Node>): void {
  operation['parameters'] = [
    ...((operation['parameters'] as Node[] | undefined) ?? []),
    {
      name: IDEMPOTENCY_KEY,
      in: 'header',
      required: false,
      description:
        'Who repeats the call with the same key within 24 hours gets the first answer, and nothing is done again',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
      example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
    },
  ];
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) >= 300) continue;
    response['headers'] = {
      ...(response['headers'] as Node | undefined),
      [REPLAYED]: { description: 'The answer was given before', schema: { type: 'string', enum: ['true'] } },
    };
  }
}
