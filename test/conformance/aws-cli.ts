import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Call, Client } from './client.js';

interface Field {
  readonly key: string;
  readonly stringValue?: string;
  readonly refValue?: string;
}
interface WireObject {
  readonly id: string;
  readonly name: string;
  readonly fields: readonly Field[];
}
interface WireParameter {
  readonly id: string;
  readonly attributes: readonly Field[];
}
interface WireValue {
  readonly id: string;
  readonly stringValue: string;
}
interface WireDefinition {
  readonly pipelineId?: string;
  readonly version?: string;
  readonly startTimestamp?: string;
  readonly pipelineObjects?: readonly WireObject[];
  readonly parameterObjects?: readonly WireParameter[];
  readonly parameterValues?: readonly WireValue[];
}
type FileObject = Readonly<Record<string, unknown>> & { readonly id: string };

/** The AWS CLI as a client: each call is one of its processes; verbs with a form of their own are given that. */
export async function startAwsCli(
  path: string,
  env: NodeJS.ProcessEnv,
  globals: readonly string[],
): Promise<Client & { run(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> }> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-conformance-cli-'));
  let files = 0;
  const file = async (content: unknown): Promise<string> => {
    const name = join(folder, `${++files}.json`);
    await writeFile(name, JSON.stringify(content));
    return `file://${name}`;
  };
  const run = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      // Exit codes say less than what is written.
      execFile(
        path,
        [...globals, 'datapipeline', ...args],
        { env, maxBuffer: 64 * 1024 * 1024, timeout: 180_000 },
        (_error, stdout, stderr) => resolve({ stdout, stderr }),
      );
    });
  return {
    run,
    async call({ operation, input, paginate }: Call): Promise<Answer> {
      const verb = operation.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
      const own = FORMS[operation];
      const args =
        own === undefined
          ? ['--cli-input-json', await file(input)]
          : await own(input as Call['input'] & WireDefinition, file);
      const pages = PAGED.has(operation) && paginate === undefined ? ['--no-paginate'] : [];
      const { stdout, stderr } = await run(verb, ...args, ...pages);
      const failed = /An error occurred \((\w+)\) when calling the (\w+) operation[^:]*: ([\s\S]*)/.exec(
        stderr,
      );
      if (failed !== null) return { error: { name: failed[1] ?? '', message: (failed[3] ?? '').trimEnd() } };
      if (stderr.trim() !== '') return { error: { name: 'ClientSide', message: stderr.trim() } };
      if (operation === 'ListRuns') return { output: { names: namesOf(stdout) } };
      const output = stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
      return { output: operation === 'GetPipelineDefinition' ? wireOf(output) : output };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const PAGED = new Set(['ListPipelines', 'DescribeObjects', 'QueryObjects']);

type Form = (
  input: Call['input'] & WireDefinition,
  file: (content: unknown) => Promise<string>,
) => Promise<readonly string[]> | readonly string[];

/** Verbs that the CLI translates itself. Source: api.md 6. */
const FORMS: Readonly<Record<string, Form>> = {
  PutPipelineDefinition: async (input: WireDefinition, file) => {
    const definition = await file(fileOf(input));
    return ['--pipeline-id', input.pipelineId ?? '', '--pipeline-definition', definition];
  },
  ActivatePipeline: ({ pipelineId = '', startTimestamp, parameterValues = [] }: WireDefinition) => {
    const values = parameterValues.map(({ id, stringValue }) => `${id}=${stringValue}`);
    return [
      '--pipeline-id',
      pipelineId,
      ...(values.length === 0 ? [] : ['--parameter-values', ...values]),
      ...(startTimestamp === undefined ? [] : ['--start-timestamp', startTimestamp]),
    ];
  },
  GetPipelineDefinition: ({ pipelineId = '', version }: WireDefinition) => [
    '--pipeline-id',
    pipelineId,
    ...(version === undefined ? [] : ['--pipeline-version', version]),
  ],
  ListRuns: ({ arguments: args }) => args as readonly string[],
  CreateDefaultRoles: () => [],
};

/** The first column of what `list-runs` prints, sorted. */
function namesOf(printed: string): string[] {
  return [...printed.matchAll(/^\s*\d+\.\s+(\S+)\s/gm)].map(([, name = '']) => name).toSorted();
}

/** Members of an object in a definition file: a field that stands there several times is a list. */
function membersOf(fields: readonly Field[]): Record<string, unknown> {
  const members: Record<string, unknown[]> = {};
  for (const { key, stringValue, refValue } of fields) {
    (members[key] ??= []).push(refValue === undefined ? stringValue : { ref: refValue });
  }
  return Object.fromEntries(
    Object.entries(members).map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  );
}

function fileOf(definition: WireDefinition): object {
  const values: Record<string, string> = {};
  for (const { id, stringValue } of definition.parameterValues ?? []) values[id] = stringValue;
  return {
    objects: (definition.pipelineObjects ?? []).map(({ id, name, fields }) => ({
      id,
      name,
      ...membersOf(fields),
    })),
    parameters: (definition.parameterObjects ?? []).map(({ id, attributes }) => ({
      id,
      ...membersOf(attributes),
    })),
    values,
  };
}

/** Fields of a member of a definition file. */
function fieldsOf(key: string, value: unknown): Field[] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(key, each));
  if (typeof value === 'object' && value !== null && 'ref' in value)
    return [{ key, refValue: String(value.ref) }];
  return [{ key, stringValue: String(value) }];
}

/** What `get-pipeline-definition` prints, as it came over the wire (fields by name). */
function wireOf(printed: Record<string, unknown>): Record<string, unknown> {
  const {
    objects = [],
    parameters,
    values,
  } = printed as {
    objects?: readonly FileObject[];
    parameters?: readonly FileObject[];
    values?: Readonly<Record<string, unknown>>;
  };
  const fields = (members: Readonly<Record<string, unknown>>): Field[] =>
    Object.entries(members).flatMap(([key, value]) => fieldsOf(key, value));
  return {
    pipelineObjects: objects.map(({ id, name, ...rest }) => ({ id, name, fields: fields(rest) })),
    ...(parameters === undefined
      ? {}
      : { parameterObjects: parameters.map(({ id, ...rest }) => ({ id, attributes: fields(rest) })) }),
    ...(values === undefined
      ? {}
      : {
          parameterValues: fields(values).map(({ key, stringValue }) => ({ id: key, stringValue })),
        }),
  };
}
