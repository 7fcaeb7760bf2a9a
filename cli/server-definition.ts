import { didYouMean, listed } from '../model/expression/suggest.js';
import { CliError } from './cli-error.js';
import { listPipelines } from './server-pipelines.js';
import { Refusal, type Server } from './server.js';

/** A definition on a server: `df-…`, `df-…@active`, `df-…@latest`, `df-…@3`. */
export interface ServerName {
  readonly pipelineId: string;
  readonly version: string;
}

/** What is known of the pipeline whose definition it is. */
export interface ServerPipeline {
  readonly id: string;
  readonly name: string;
  /** Number of the definition version. */
  readonly version: number;
  /** Absent when it was never activated. */
  readonly firstActivationTime?: string;
}

/** A definition of a server, in the AWS CLI's form, as JSON text. */
export interface ServerDefinition {
  readonly pipeline: ServerPipeline;
  readonly text: string;
}

/** The name, when it names a definition on a server and not a file. @throws CliError for a version that cannot be one. */
export function serverNameOf(text: string): ServerName | undefined {
  const [, pipelineId, version = 'latest'] = /^(df-[A-Z0-9]+)(?:@(.*))?$/i.exec(text) ?? [];
  if (pipelineId === undefined) return undefined;
  if (/^(latest|active|[1-9]\d{0,8})$/.test(version)) return { pipelineId, version };
  const hint = didYouMean(version, ['latest', 'active']);
  throw new CliError(
    `"${text}": version "${version}" is unknown${hint}; expected ${pipelineId}@latest, @active or the number of a version`,
  );
}

/** @throws CliError when there is no such pipeline or version. */
export async function fetchDefinition(server: Server, name: ServerName): Promise<ServerDefinition> {
  const path = `/v1/pipelines/${name.pipelineId}/definition?version=${name.version}`;
  const answer = (await ofPipeline(server, name.pipelineId, server.get(path))) as DefinitionAnswer;
  const { pipelineId: id, name: title, version, firstActivationTime, definition } = answer;
  return {
    pipeline: {
      id,
      name: title,
      version,
      ...(firstActivationTime === undefined ? {} : { firstActivationTime }),
    },
    text: JSON.stringify(definition),
  };
}

/** The answer, or an error that helps on: which pipelines there are. @throws CliError */
export async function ofPipeline(
  server: Server,
  pipelineId: string,
  answer: Promise<unknown>,
): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const message =
      error.error === 'PipelineNotFoundException'
        ? `${server.url} has no pipeline "${pipelineId}"${await nearest(server, pipelineId)}`
        : error.error === 'PipelineDeletedException'
          ? `pipeline "${pipelineId}" of ${server.url} was deleted`
          : `${server.url}: ${error.message}`;
    throw new CliError(message, { cause: error });
  }
}

interface DefinitionAnswer {
  readonly pipelineId: string;
  readonly name: string;
  readonly version: number;
  readonly firstActivationTime?: string;
  readonly definition: object;
}

/** So many pipelines are named when none is near. */
const NAMED = 5;

async function nearest(server: Server, pipelineId: string): Promise<string> {
  const ids: string[] = [];
  const names = new Map<string, string>();
  for await (const { id, name } of listPipelines(server)) {
    ids.push(id);
    names.set(id, name);
  }
  const hint = didYouMean(pipelineId, ids);
  const id = /"(.*)"/.exec(hint)?.[1];
  if (id !== undefined) return `${hint.slice(0, -1)} (${names.get(id) ?? ''})?`;
  const shown = ids.map((each) => `${each} (${names.get(each) ?? ''})`);
  return ids.length === 0
    ? ': it has none at all'
    : `; it has ${listed(shown, NAMED)}: "penstock pipelines" lists them`;
}
