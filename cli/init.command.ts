import { writeFile } from 'node:fs/promises';
import { writeDefinition } from '../formats/write-definition.js';
import {
  fillTemplate,
  missingParameters,
  TemplateError,
  templateParameters,
  typesNotYetRun,
  type Template,
  type TemplateOptions,
  type TemplateParameter,
} from '../model/definition/fill-template.js';
import type { ParameterValue, PipelineDefinition } from '../model/definition/pipeline-definition.js';
import type { TemplateSchedule } from '../model/definition/templates.js';
import { didYouMean } from '../model/expression/suggest.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { countOf } from './problems.js';
import { printTable } from './table.js';
import { readTemplates } from './template-files.js';
import type { Terminal } from './terminal.js';

/** Forms that `penstock init` writes. */
export const INIT_FORMATS = ['json', 'yaml'] as const;
export type InitFormat = (typeof INIT_FORMATS)[number];

export interface InitOptions {
  readonly set?: readonly ParameterValue[];
  readonly schedule?: TemplateSchedule;
  readonly start?: string;
  readonly period?: string;
  readonly format?: InitFormat;
  /** File to write instead of standard output. */
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

/** `penstock init`: the templates, or a definition made from one. */
export async function init(terminal: Terminal, id: string | undefined, options: InitOptions): Promise<Exit> {
  const templates = await readTemplates();
  if (id === undefined) {
    const idle = Object.keys(options).find((name) => name !== 'json');
    if (idle !== undefined) throw new CliError(`--${idle} needs a template; "penstock init" lists them`);
    await terminal.out(options.json ? jsonOf(templates) : textOf(templates));
    return EXIT.ok;
  }
  if (options.json) throw new CliError('--json is for the list of templates; expected --format json');
  const template = templates.find((each) => each.id === id);
  if (template === undefined) {
    const ids = templates.map((each) => each.id);
    throw new CliError(`"${id}" is not a template${didYouMean(id, ids)}; "penstock init" lists them`);
  }
  const text = print(filled(template, options), options);
  if (options.output === undefined || options.output === '-') await terminal.out(text);
  else await write(options.output, text, options.force === true);
  terminal.err(remarks(template, options));
  return EXIT.ok;
}

function filled(template: Template, { set, schedule, start, period }: InitOptions): PipelineDefinition {
  const options: TemplateOptions = {
    ...(set === undefined ? {} : { values: set }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(start === undefined ? {} : { start }),
    ...(period === undefined ? {} : { period }),
  };
  try {
    return fillTemplate(template, options);
  } catch (error) {
    throw error instanceof TemplateError ? new CliError(error.message, { cause: error }) : error;
  }
}

/** YAML when the file is called so, unless --format says otherwise. */
function print(definition: PipelineDefinition, { format, output = '' }: InitOptions): string {
  const form = (format ?? (/\.ya?ml$/i.test(output) ? 'yaml' : 'json')) === 'yaml' ? 'yaml' : 'cli';
  return writeDefinition(definition, form, '').text;
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliError(`"${path}" cannot be written: ${REASONS[code] ?? code}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already; --force overwrites a file',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder; expected a file',
  EACCES: 'this user may not write it',
  EROFS: 'this user may not write it',
};

/** What is left to do, on standard error, so that standard output is the definition alone. */
function remarks(template: Template, { set = [], output }: InitOptions): string {
  const lines: string[] = [];
  if (output !== undefined && output !== '-') lines.push(`${output}: ${template.title}\n`);
  const missing = missingParameters(template, set);
  if (missing.length > 0) {
    const count = missing.length === 1 ? '1 parameter needs' : `${missing.length} parameters need`;
    lines.push(`${count} a value, here by --set id=text or when the definition is put or activated:\n`);
    const rows = missing.map(({ id, type, isArray, description, example }) => [
      `  ${id}`,
      typeText({ type, isArray }),
      example === undefined ? description : `${description}, such as ${example}`,
    ]);
    lines.push(printTable(['  parameter', 'type', 'description'], rows));
  }
  const types = typesNotYetRun(template);
  if (types.length > 0) lines.push(`${notYetText(types)}\n`);
  return lines.join('');
}

function jsonOf(templates: readonly Template[]): string {
  const list = templates.map((template) => {
    const { id, title, summary, schedules } = template;
    const notYetRun = typesNotYetRun(template);
    return { id, title, summary, schedules, notYetRun, parameters: templateParameters(template) };
  });
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

function textOf(templates: readonly Template[]): string {
  const texts = templates.map((template) => {
    const rows = templateParameters(template).map((parameter) => [
      `  ${parameter.id}`,
      typeText(parameter),
      shortened(parameter.default) ?? (parameter.required ? '(required)' : '(optional)'),
      parameter.description,
    ]);
    const types = typesNotYetRun(template);
    const notYet = types.length === 0 ? '' : `  ${notYetText(types)}\n`;
    const table = printTable(['  parameter', 'type', 'default', 'description'], rows);
    return `${template.id}\n  ${template.title}. ${template.summary}\n${notYet}${table}`;
  });
  return `${texts.join('\n')}\n${countOf(templates.length, 'template')}; "penstock init <template>" writes a definition\n`;
}

/** Longest default in the list, in characters; --json and docs/templates.md have the whole. */
const LONGEST_DEFAULT = 30;

function shortened(text: string | undefined): string | undefined {
  return text === undefined || text.length <= LONGEST_DEFAULT ? text : `${text.slice(0, LONGEST_DEFAULT)}…`;
}

function typeText({ type, isArray }: Pick<TemplateParameter, 'type' | 'isArray'>): string {
  return isArray ? `${type}, list` : type;
}

function notYetText(types: readonly string[]): string {
  return `This version validates it and cannot run it yet: ${types.join(', ')}`;
}
