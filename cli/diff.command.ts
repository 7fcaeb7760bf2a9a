import { activeDiff, type ActiveDiff } from '../model/definition/change-effects.js';
import { diffDefinitions, type DefinitionDiff } from '../model/definition/diff.js';
import { EXIT, type Exit } from './cli-error.js';
import { readDefinition, type InputOptions } from './definition-input.js';
import { activeText, diffText, paintOf } from './diff-text.js';
import { countProblems, printCounts, printProblems } from './problems.js';
import { ofPipeline, serverNameOf } from './server-definition.js';
import { serverOf } from './server.js';
import { writeAll, type Terminal } from './terminal.js';

export interface DiffOptions extends InputOptions {
  readonly json?: true;
}

type Compared = DefinitionDiff & { readonly active: ActiveDiff };

/** `penstock diff`: two definitions, object by object, and what the changes mean for a pipeline that is active. */
export async function diff(
  terminal: Terminal,
  before: string,
  after: string,
  options: DiffOptions,
): Promise<Exit> {
  const compared =
    (await comparedByServer(terminal, before, after, options)) ??
    (await comparedHere(terminal, before, after, options));
  if (compared === undefined) return EXIT.usage;
  const { active, ...changes } = compared;
  if (options.json) {
    await terminal.out(`${JSON.stringify({ before, after, ...changes, active }, undefined, 2)}\n`);
  } else {
    const paint = paintOf(terminal.colour === true);
    await writeAll(terminal, diffText(changes, paint));
    if (!changes.same) await writeAll(terminal, activeText(active, paint));
  }
  return changes.same ? EXIT.ok : EXIT.different;
}

/** Two versions of one pipeline: the server can open their secrets, so that these are compared too. */
async function comparedByServer(
  terminal: Terminal,
  before: string,
  after: string,
  options: DiffOptions,
): Promise<Compared | undefined> {
  const from = serverNameOf(before);
  const to = serverNameOf(after);
  const isOne = from !== undefined && from.pipelineId === to?.pipelineId;
  if (!isOne || options.value !== undefined) return undefined;
  const server = await serverOf(terminal, options);
  const path = `/v1/pipelines/${from.pipelineId}/diff?from=${from.version}&to=${to.version}`;
  return (await ofPipeline(server, from.pipelineId, server.get(path))) as Compared;
}

async function comparedHere(
  terminal: Terminal,
  before: string,
  after: string,
  options: DiffOptions,
): Promise<Compared | undefined> {
  const inputs = [];
  for (const name of [before, after]) {
    const input = await readDefinition(terminal, name, options);
    const counts = countProblems(input.problems);
    if (counts.errors > 0) {
      terminal.err(`${printProblems(input.problems)}\n${name}: ${printCounts(counts)}\n`);
      return undefined;
    }
    inputs.push(input.definition);
  }
  const [left, right] = inputs;
  if (left === undefined || right === undefined) return undefined;
  const changes = diffDefinitions(left, right);
  return { ...changes, active: activeDiff(left, right, changes) };
}
