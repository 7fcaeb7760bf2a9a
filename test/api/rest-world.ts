import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import type { TestApi } from './api.js';

/** An answer of the REST API. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly contentType: string;
  /** Parsed where it is JSON, else the text; undefined when there is none. */
  readonly body: unknown;
}

export interface RestCall {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls the REST API as the key of the credentials file. */
export async function rest(
  { url, key }: Pick<TestApi, 'url' | 'key'>,
  method: string,
  path: string,
  { body, headers = {} }: RestCall = {},
): Promise<RestAnswer> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key.secretAccessKey}`, ...json, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const contentType = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const text = await answer.text();
  const parsed: unknown = text === '' ? undefined : contentType.endsWith('json') ? JSON.parse(text) : text;
  return { status: answer.status, headers: answer.headers, contentType, body: parsed };
}

/** A definition file of hours, whose beginning may be in the past. */
export function hoursFile(startDateTime = '2030-01-01T00:00:00'): object {
  return {
    objects: [
      { id: 'Hourly', type: 'Schedule', period: '1 hour', startDateTime, occurrences: '48' },
      {
        id: 'Say',
        type: 'ShellCommandActivity',
        schedule: { ref: 'Hourly' },
        scheduleType: 'cron',
        command: '#{myCommand}',
        workerGroup: 'wg',
      },
    ],
    parameters: [{ id: 'myCommand', type: 'String' }],
    values: { myCommand: 'date' },
  };
}

/** A FAILED instance with one attempt. */
export async function failedInstance(api: TestApi, pipelineId: string): Promise<string> {
  const ledger = api.app.get(PostgresLedger);
  const scheduledStart = '2020-01-01T00:00:00Z';
  const run = { pipelineId, scheduleId: 'Hourly', intervalStart: scheduledStart };
  const id = '@Say_2020-01-01T00:00:00';
  await ledger.createInstances(run, [
    {
      id,
      componentId: 'Say',
      kind: 'activity',
      type: 'ShellCommandActivity',
      scheduledStart,
      scheduledEnd: '2020-01-01T01:00:00Z',
      definitionVersion: 1,
      activation: 1,
      status: 'WAITING_ON_DEPENDENCIES',
      references: {},
      triesLeft: 1,
    },
  ]);
  const error = { errorId: 'CommandFailed', errorMessage: 'exit code 3', hostname: 'onprem-1' };
  const times = { actualStart: '2020-01-01T00:00:07.250Z', actualEnd: '2020-01-01T00:00:09Z' };
  await ledger.record(run, {
    instances: [
      {
        id,
        seq: 9,
        ...times,
        ...error,
        status: 'FAILED',
        attemptCount: 1,
        triesLeft: 0,
        cascadeFailedOn: [],
        waitingOn: [],
      },
    ],
    attempts: [{ instanceId: id, number: 1, seq: 3, status: 'FAILED', ...times, ...error }],
  });
  return id;
}
