import { readFile } from 'node:fs/promises';
import type { Target } from './client.js';
import { CLIENTS, type ClientName, type Tools } from './clients.js';
import { startFaultyProxy } from './faulty-proxy.js';
import { play, type Group, type Result } from './scenario.js';

/** The operations of the API. Source: api.md 2. */
export const OPERATIONS = [
  'ActivatePipeline',
  'AddTags',
  'CreatePipeline',
  'DeactivatePipeline',
  'DeletePipeline',
  'DescribeObjects',
  'DescribePipelines',
  'EvaluateExpression',
  'GetPipelineDefinition',
  'ListPipelines',
  'PollForTask',
  'PutPipelineDefinition',
  'QueryObjects',
  'RemoveTags',
  'ReportTaskProgress',
  'ReportTaskRunnerHeartbeat',
  'SetStatus',
  'SetTaskStatus',
  'ValidatePipelineDefinition',
] as const;

/** The scenarios that all clients are held to. */
export async function readGroups(names?: readonly string[]): Promise<Group[]> {
  const groups = JSON.parse(await readFile(new URL('scenarios.json', import.meta.url), 'utf8')) as Group[];
  return names === undefined ? groups : groups.filter(({ group }) => names.includes(group));
}

/** Plays the groups with a client against a started server; then has it called once with the environment alone to say where it is. */
export async function runClient(
  name: ClientName,
  target: Target,
  tools: Tools,
  groups: readonly Group[],
): Promise<Result[]> {
  const proxy = await startFaultyProxy(target.url);
  const through = { ...target, url: proxy.url };
  const run = `${name} ${Date.now().toString(36)}`;
  const given = { run, group: run.replace(' ', '-'), today: new Date().toISOString().slice(0, 10) };
  try {
    const client = await CLIENTS[name](through, tools, 'code');
    try {
      const results = await play(groups, client, name, proxy, given);
      return [...results, await byEnvironment(name, through, tools)];
    } finally {
      await client.close();
    }
  } finally {
    await proxy.close();
  }
}

async function byEnvironment(name: ClientName, target: Target, tools: Tools): Promise<Result> {
  const startedMs = Date.now();
  const client = await CLIENTS[name](target, tools, 'environment');
  try {
    const { error } = await client.call({ operation: 'ListPipelines', input: {} });
    const title = 'finds the server by AWS_ENDPOINT_URL_DATA_PIPELINE';
    const row = { group: 'endpoint', title, operation: 'ListPipelines', ms: Date.now() - startedMs };
    return error === undefined ? row : { ...row, fault: JSON.stringify(error) };
  } finally {
    await client.close();
  }
}
