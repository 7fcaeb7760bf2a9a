import { writeDefinitionFile } from '../model/definition/definition-file.js';
import type { PipelineDefinition } from '../model/definition/pipeline-definition.js';
import { EXIT, type Exit } from './cli-error.js';
import { readDefinition, type InputOptions } from './definition-input.js';
import { countProblems, printProblems } from './problems.js';
import type { Terminal } from './terminal.js';

/** Forms that `penstock convert` writes: the AWS CLI's file, the API's members. */
export const FORMS = ['cli', 'api'] as const;
export type Form = (typeof FORMS)[number];

export interface ConvertOptions extends InputOptions {
  readonly to: Form;
}

/** `penstock convert`: the same definition in another form. What cannot be read is not dropped: nothing is written then. */
export async function convert(terminal: Terminal, file: string, options: ConvertOptions): Promise<Exit> {
  const { definition, problems } = await readDefinition(terminal, file, options);
  if (problems.length > 0) terminal.err(printProblems(problems));
  if (countProblems(problems).errors > 0) return EXIT.invalid;
  await terminal.out(options.to === 'cli' ? writeDefinitionFile(definition) : apiForm(definition));
  return EXIT.ok;
}

/** The request of PutPipelineDefinition without its pipelineId. Source: api.md 1.3. */
function apiForm({ pipelineObjects, parameterObjects, parameterValues }: PipelineDefinition): string {
  return `${JSON.stringify({ pipelineObjects, parameterObjects, parameterValues }, undefined, 2)}\n`;
}
