import { validateDefinition } from '../model/definition/validate.js';
import { EXIT, type Exit } from './cli-error.js';
import { readDefinition, type InputOptions } from './definition-input.js';
import { countOf, countProblems, printCounts, printProblems } from './problems.js';
import type { Terminal } from './terminal.js';

export interface ValidateOptions extends InputOptions {
  readonly json?: true;
}

/** `penstock validate`: everything that is wrong with a definition, as the API says it. */
export async function validate(terminal: Terminal, file: string, options: ValidateOptions): Promise<Exit> {
  const input = await readDefinition(terminal, file, options);
  const problems = [...input.problems, ...(input.readable ? validateDefinition(input.definition) : [])];
  const counts = countProblems(problems);
  const objects = input.definition.pipelineObjects.length;
  if (options.json) {
    await terminal.out(`${JSON.stringify({ file, objects, ...counts, problems }, undefined, 2)}\n`);
  } else {
    const list = problems.length === 0 ? '' : `${printProblems(problems)}\n`;
    await terminal.out(`${list}${file}: ${countOf(objects, 'object')}, ${printCounts(counts)}\n`);
  }
  return counts.errors === 0 ? EXIT.ok : EXIT.invalid;
}
