import { FORMS, writeDefinition, type Form } from '../formats/write-definition.js';
import { secretPlaces } from '../model/definition/secrets.js';
import { EXIT, type Exit } from './cli-error.js';
import { readDefinition, type InputOptions } from './definition-input.js';
import { countProblems, printProblems } from './problems.js';
import type { Terminal } from './terminal.js';

export { FORMS };

export interface ConvertOptions extends InputOptions {
  readonly to: Form;
}

/**
 * `penstock convert`: the same definition in another form. Nothing is written when something could not be read, or has no
 * place in that form; what the form's own tool would take otherwise is a warning.
 */
export async function convert(terminal: Terminal, file: string, options: ConvertOptions): Promise<Exit> {
  const { definition, problems, pipeline } = await readDefinition(terminal, file, options);
  const readErrors = countProblems(problems).errors;
  const written =
    readErrors > 0
      ? { text: '', problems: [] }
      : writeDefinition(definition, options.to, pipeline?.name ?? nameOf(file));
  const all = [...problems, ...written.problems];
  if (all.length > 0) terminal.err(printProblems(all));
  if (countProblems(all).errors > 0) return EXIT.invalid;
  if (pipeline !== undefined && secretPlaces(definition).length > 0) {
    terminal.err(
      `${file}: its secrets are masked; where the mask is put to the same pipeline, they stay as they are\n`,
    );
  }
  await terminal.out(written.text);
  return EXIT.ok;
}

/** What templates call the pipeline: the file's name without folder and endings. */
function nameOf(file: string): string {
  const name = file.split(/[/\\]/).at(-1)?.split('.')[0] ?? '';
  return name === '' || file === '-' ? 'pipeline' : name;
}
