import type { FactValue, Why } from '../model/instance/why-facts.js';
import { EXIT, type Exit } from './cli-error.js';
import { ofPipeline } from './server-definition.js';
import { serverOf, type ServerOptions } from './server.js';
import { writeAll, type Terminal } from './terminal.js';

export interface WhyOptions extends ServerOptions {
  readonly json?: true;
}

type Answer = Why & { readonly at: string };

/** `penstock why`: why an instance is where it is, in a sentence, and the facts below it. */
export async function why(
  terminal: Terminal,
  pipelineId: string,
  instanceId: string,
  options: WhyOptions,
): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const path = `/v1/pipelines/${encodeURIComponent(pipelineId)}/instances/${encodeURIComponent(instanceId)}/why`;
  const answer = (await ofPipeline(server, pipelineId, server.get(path))) as Answer;
  if (options.json) await terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`);
  else await writeAll(terminal, textOf(answer));
  return EXIT.ok;
}

function* textOf(answer: Answer): Generator<string> {
  yield* partOf(answer, '', {});
  yield `\nAs of ${answer.at.slice(0, 19)}; all times are UTC.\n`;
}

/** `above`: what was said of the instance before, and need not be said again. */
function* partOf(
  { sentence, facts, because, leftOut }: Why,
  indent: string,
  above: Readonly<Record<string, FactValue>>,
): Generator<string> {
  yield wrapped(sentence, indent);
  const own = Object.entries(facts).filter(([name, value]) => value !== above[name] && !isEmpty(value));
  const width = own.reduce((most, [name]) => Math.max(most, name.length), 0);
  for (const [name, value] of own) yield `${indent}    ${name.padEnd(width)}  ${valueText(value)}\n`;
  for (const each of because) {
    yield '\n';
    yield* partOf(each, `${indent}  `, facts);
  }
  if (leftOut > 0) yield `\n${indent}  and ${leftOut} more\n`;
}

function isEmpty(value: FactValue): boolean {
  return typeof value === 'object' && value.length === 0;
}

function valueText(value: FactValue): string {
  return typeof value === 'object' ? value.join(', ') : String(value).replaceAll(/\s+/g, ' ');
}

const LINE_CHARACTERS = 110;

/** The words in lines, each indented. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + word.length >= LINE_CHARACTERS) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${indent}${each}\n`).join('');
}
