import { readAnyDefinition } from '../formats/read-any-definition.js';
import type {
  DefinitionProblem,
  ParameterValue,
  PipelineDefinition,
} from '../model/definition/pipeline-definition.js';
import { CliError } from './cli-error.js';
import { fetchDefinition, serverNameOf, type ServerPipeline } from './server-definition.js';
import { serverOf, type ServerOptions } from './server.js';
import { readText, type Terminal } from './terminal.js';

/** What every command that reads a definition is told. */
export interface InputOptions extends ServerOptions {
  /** Values of parameters, of a template's too. */
  readonly value?: readonly ParameterValue[];
  /** Which pipeline of a template that holds several. */
  readonly pipeline?: string;
}

/** A definition as it stands in a file, with the values put in; `problems` of reading it alone. */
export interface DefinitionInput {
  readonly definition: PipelineDefinition;
  readonly problems: readonly DefinitionProblem[];
  /** False when so little could be read that nothing else can be said of it. */
  readonly readable: boolean;
  /** Warnings: what the file holds beside the definition. */
  readonly losses: readonly DefinitionProblem[];
  /** What a template calls the pipeline. */
  readonly name?: string;
  /** The pipeline on a server that it is of. Its secrets are masked. */
  readonly pipeline?: ServerPipeline;
}

/**
 * Reads a definition in any form that Penstock knows, from a file or, for `df-…` and `df-…@version`, from a server.
 * @throws CliError when there is no such file, server, pipeline or version.
 */
export async function readDefinition(
  terminal: Terminal,
  path: string,
  options: InputOptions,
): Promise<DefinitionInput> {
  const { value = [], pipeline } = options;
  const name = serverNameOf(path);
  const fetched =
    name === undefined ? undefined : await fetchDefinition(await serverOf(terminal, options), name);
  const given = new Map<string, string[]>();
  for (const { id, stringValue } of value) given.set(id, [...(given.get(id) ?? []), stringValue]);
  const read = readAnyDefinition(fetched?.text ?? (await readText(terminal, path)), {
    ...(path === '-' || fetched !== undefined ? {} : { fileName: path }),
    parameters: Object.fromEntries(given),
    ...(pipeline === undefined ? {} : { pipeline }),
  });
  const { definition, problems, losses } = read;
  return {
    definition,
    problems,
    losses,
    ...(read.name === undefined ? {} : { name: read.name }),
    readable: !problems.some(({ severity }) => severity === 'fatal'),
    ...(fetched === undefined ? {} : { pipeline: fetched.pipeline }),
  };
}

/** Adds one `--value id=text` to those before it; an id given again makes a list. @throws CliError */
export function collectValue(
  text: string,
  before: readonly ParameterValue[] | undefined,
  option = '--value',
): readonly ParameterValue[] {
  const at = text.indexOf('=');
  if (at < 1) {
    // What was typed may be a secret without its name.
    const shown = text.startsWith('*') || at === 0 ? '' : ` "${text.slice(0, 100)}"`;
    throw new CliError(
      `${option}${shown} names no parameter: expected ${option} id=text, such as ${option} myDay=1`,
    );
  }
  return [...(before ?? []), { id: text.slice(0, at), stringValue: text.slice(at + 1) }];
}
