import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { crc32 } from 'node:zlib';
import {
  CreatePipelineCommand,
  DataPipelineClient,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import fc from 'fast-check';
import { fuzzedCall, type FuzzedCall } from './fuzz-calls.js';
import { rawCall, type RawAnswer, type RawKey } from './raw-call.js';

export interface FuzzOptions {
  readonly url: string;
  readonly key: RawKey;
  readonly seed: number;
  readonly calls: number;
  /** No further call begins after it. */
  readonly untilMs: number;
}

/** What was seen: calls made, and how often each outcome came. */
export interface FuzzReport {
  readonly calls: number;
  readonly outcomes: ReadonlyMap<string, number>;
}

/** No answer may take longer, but that of a poll. */
const ANSWER_MS = 15_000;
const POLL_MS = 200;
/** Calls after which there is a new pipeline: they delete it, among other things. */
const PIPELINE_CALLS = 100;

/** Sends calls that are wrong in every way and checks each answer. @throws with the call, made as small as it goes, whose answer is wrong. */
export async function fuzz({ url, key, seed, calls, untilMs }: FuzzOptions): Promise<FuzzReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const outcomes = new Map<string, number>();
  let made = 0;
  let names: Record<string, string> = {};
  const property = fc.asyncProperty(fuzzedCall, async (call) => {
    if (made % PIPELINE_CALLS === 0) names = await aPipeline(url, key, `${seed}-${made}`);
    made += 1;
    const seen = await send(url, key, agent, call, names);
    const fault = seen === 'polls' ? undefined : faultOf(call, seen);
    if (fault !== undefined) throw new Error(fault);
    const outcome = outcomeOf(seen);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });
  try {
    await fc.assert(property, {
      seed,
      numRuns: calls,
      interruptAfterTimeLimit: Math.max(1, untilMs - Date.now()),
      markInterruptAsFailure: false,
    });
  } finally {
    agent.destroy();
  }
  return { calls: made, outcomes };
}

/** A pipeline with a definition, for the calls to work on. */
async function aPipeline(url: string, key: RawKey, uniqueId: string): Promise<Record<string, string>> {
  const client = new DataPipelineClient({ endpoint: url, region: 'us-east-1', credentials: key });
  try {
    const { pipelineId = '' } = await client.send(new CreatePipelineCommand({ name: 'fuzz', uniqueId }));
    const fields = [
      { key: 'type', stringValue: 'ShellCommandActivity' },
      { key: 'command', stringValue: '#{myCommand}' },
      { key: 'workerGroup', stringValue: 'fuzz' },
    ];
    await client.send(
      new PutPipelineDefinitionCommand({
        pipelineId,
        pipelineObjects: [
          { id: 'Default', name: 'Default', fields: [{ key: 'scheduleType', stringValue: 'ondemand' }] },
          { id: 'Say', name: 'Say', fields },
        ],
        parameterValues: [{ id: 'myCommand', stringValue: 'date' }],
      }),
    );
    const marker = Buffer.from('["@actualStartTime","2025-01-01T00:00:00Z","@Say_2025",0]').toString(
      'base64url',
    );
    return { $pipeline: pipelineId, $instance: '@Say_2025-01-01T00:00:00', $marker: marker };
  } finally {
    client.destroy();
  }
}

async function send(
  url: string,
  key: RawKey,
  agent: Agent,
  call: FuzzedCall,
  names: Readonly<Record<string, string>>,
): Promise<RawAnswer | 'polls'> {
  const { target, contentType, method, path, headers: more } = call;
  const text = call.body.replaceAll(/\$(?:pipeline|instance|marker)/g, (name) => names[name] ?? name);
  const body = Buffer.from(text, 'latin1');
  const { 'transfer-encoding': transfer, ...others } = more;
  const headers = {
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(target === undefined ? {} : { 'x-amz-target': target }),
    ...others,
  };
  const isPoll = target?.endsWith('PollForTask') === true;
  const withinMs = isPoll ? POLL_MS : ANSWER_MS;
  const answer = await rawCall(url, key, { method, path, headers, body, transfer }, { agent, withinMs });
  if (answer !== 'late') return answer;
  if (isPoll) return 'polls';
  throw new Error(`no answer within ${ANSWER_MS / 1000} s`);
}

/** What is wrong with an answer, whatever was asked. */
function faultOf(
  { path, method, contentType }: FuzzedCall,
  { status, headers, body }: RawAnswer,
): string | undefined {
  const text = body.toString();
  const shown = `${status} ${text.slice(0, 400)}`;
  if (status >= 500 || status < 200) return `a fault of the service: ${shown}`;
  if (!/^[0-9a-f-]{36}$/.test(String(headers['x-amzn-requestid']))) return `no request id: ${shown}`;
  if (/\n\s+at |node_modules|hunter2/.test(text)) return `internals in the answer: ${shown}`;
  const [pathname] = path.split('?');
  // Elsewhere is no AWS endpoint.
  if (pathname !== '/' || method !== 'POST') return undefined;
  if (contentType?.startsWith('application/x-www-form-urlencoded') === true) {
    return headers['content-type'] === 'text/xml' ? undefined : `no XML: ${shown}`;
  }
  if (headers['content-type'] !== 'application/x-amz-json-1.1') return `another content type: ${shown}`;
  if (Number(headers['x-amz-crc32']) !== crc32(body)) return `a wrong CRC32: ${shown}`;
  if (status === 200 && text === '') return undefined;
  const answer: unknown = JSON.parse(text);
  if (JSON.stringify(answer) !== text) return `not compact: ${shown}`;
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return `no object: ${shown}`;
  if (status === 200) return '__type' in answer ? `an error with 200: ${shown}` : undefined;
  const { __type: type, message, ...rest } = answer as Record<string, unknown>;
  const isError = typeof type === 'string' && /^[A-Z]\w+$/.test(type) && typeof message === 'string';
  if (!isError || message.trim() === '' || Object.keys(rest).length > 0) return `no error of AWS: ${shown}`;
  return ERRORS.has(type) ? undefined : `an error that AWS does not have: ${shown}`;
}

/** Source: api.md 1.1. RequestEntityTooLargeException is what API gateways of AWS answer with 413. */
const ERRORS = new Set([
  'InvalidRequestException',
  'PipelineNotFoundException',
  'PipelineDeletedException',
  'TaskNotFoundException',
  'ThrottlingException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'ExpiredTokenException',
  'AccessDeniedException',
  'UnknownOperationException',
  'SerializationException',
  'RequestEntityTooLargeException',
]);

function outcomeOf(seen: RawAnswer | 'polls'): string {
  if (seen === 'polls') return 'polls';
  const type = /"__type":"(\w+)"/.exec(seen.body.toString())?.[1];
  return type === undefined ? String(seen.status) : `${seen.status} ${type}`;
}
