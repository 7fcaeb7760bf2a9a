import { isoTime } from '../model/instance/ids.js';
import { parseRangeEnd, planDefinition } from '../model/instance/plan-definition.js';
import type { PlanEntry } from '../model/instance/plan-range.js';
import { DateTimeError } from '../model/schedule/date-time.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { readDefinition, type InputOptions } from './definition-input.js';
import { planTable } from './plan-table.js';
import { planTree } from './plan-tree.js';
import { countOf, countProblems, printCounts, printProblems } from './problems.js';
import { writeAll, type Terminal } from './terminal.js';

export interface PlanOptions extends InputOptions {
  readonly from: string;
  readonly to: string;
  readonly schedule?: readonly string[];
  readonly pipelineId?: string;
  readonly json?: true;
  readonly tree?: true;
  readonly table?: true;
}

/** `penstock plan`: what a definition will run in a range, streamed. */
export async function plan(terminal: Terminal, file: string, options: PlanOptions): Promise<Exit> {
  const from = rangeEnd('--from', options.from);
  const to = rangeEnd('--to', options.to);
  if (from > to) throw new CliError(`--to "${options.to}" is before --from "${options.from}"`);
  const input = await readDefinition(terminal, file, options);
  if (countProblems(input.problems).errors > 0) return refuse(terminal, file, input.problems);
  const planned = planOf();
  if (planned.kind === 'refused') return refuse(terminal, file, [...input.problems, ...planned.problems]);
  const warnings = input.problems.length + planned.warnings.length;
  if (warnings > 0) {
    terminal.err(`${file}: ${countOf(warnings, 'warning')}; "penstock validate" shows them\n`);
  }
  if (planned.notYet.length > 0) terminal.err(`Not to be activated yet:\n${printProblems(planned.notYet)}\n`);
  let count = 0;
  const counted = function* (): Generator<PlanEntry> {
    for (const entry of planned.entries) {
      count += 1;
      yield entry;
    }
  };
  await writeAll(terminal, texts(counted(), options, [...planned.pipeline.components.keys()]));
  if (count === 0) terminal.err(`No interval starts from ${isoTime(from)} to ${isoTime(to)}\n`);
  return EXIT.ok;

  function planOf(): ReturnType<typeof planDefinition> {
    const { id, firstActivationTime } = input.pipeline ?? {};
    const pipelineId = options.pipelineId ?? id;
    try {
      return planDefinition({
        definition: input.definition,
        from,
        to,
        ...(options.schedule === undefined ? {} : { scheduleIds: options.schedule }),
        ...(pipelineId === undefined ? {} : { pipelineId }),
        ...(firstActivationTime === undefined ? {} : { firstActivationTime }),
      });
    } catch (error) {
      throw error instanceof RangeError ? new CliError(error.message, { cause: error }) : error;
    }
  }
}

function texts(
  entries: Iterable<PlanEntry>,
  { json, table }: PlanOptions,
  objectIds: readonly string[],
): Iterable<string> {
  if (json) return jsonLines(entries);
  return table ? planTable(entries, objectIds) : planTree(entries);
}

function* jsonLines(entries: Iterable<PlanEntry>): Generator<string> {
  for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}

function rangeEnd(name: string, text: string): Date {
  try {
    return parseRangeEnd(text);
  } catch (error) {
    throw error instanceof DateTimeError ? new CliError(`${name} ${error.message}`, { cause: error }) : error;
  }
}

function refuse(terminal: Terminal, file: string, problems: Parameters<typeof printProblems>[0]): Exit {
  terminal.err(`${printProblems(problems)}\n${file}: ${printCounts(countProblems(problems))}\n`);
  return EXIT.invalid;
}
