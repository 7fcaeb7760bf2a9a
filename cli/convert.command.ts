import { FORMS, writeDefinition, type Form } from '../formats/write-definition.js';
import type { DefinitionProblem } from '../model/definition/pipeline-definition.js';
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
  const { definition, problems, losses, pipeline, name } = await readDefinition(terminal, file, options);
  const written =
    countProblems(problems).errors > 0
      ? { text: '', problems: [] }
      : writeDefinition(definition, options.to, name ?? pipeline?.name ?? nameOf(file));
  const all = [...problems, ...losses, ...nameLoss(name, options.to), ...written.problems];
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

/** Only templates have a place for the name of a pipeline. */
function nameLoss(name: string | undefined, to: Form): DefinitionProblem[] {
  if (name === undefined || !['cli', 'yaml', 'api'].includes(to)) return [];
  const text = `LOSS:  the pipeline's name ${JSON.stringify(name)} has no place in the form "${to}".`;
  return [{ severity: 'warning', message: text }];
}

/** What templates call the pipeline: the file's name without folder and endings. */
function nameOf(file: string): string {
  const name = file.split(/[/\\]/).at(-1)?.split('.')[0] ?? '';
  return name === '' || file === '-' ? 'pipeline' : name;
}
