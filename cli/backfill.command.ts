import { parseRangeEnd } from '../model/instance/plan-definition.js';
import { DateTimeError } from '../model/schedule/date-time.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { ofPipeline } from './server-definition.js';
import { serverOf, type ServerOptions } from './server.js';
import { printTable } from './table.js';
import type { Terminal } from './terminal.js';

interface JsonOption extends ServerOptions {
  readonly json?: true;
}

export interface StartBackfillOptions extends JsonOption {
  readonly from: string;
  readonly to?: string;
  readonly schedule?: string;
  readonly object?: readonly string[];
  readonly maxActive?: string;
  readonly rerun?: string;
}

export interface BackfillOptions extends JsonOption {
  readonly running?: true;
}

/** A backfill as the server shows it; members that are not named here are passed on by `--json`. */
interface Backfill {
  readonly id: string;
  readonly state: string;
  readonly scheduleIds: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly objects?: readonly string[];
  readonly maxActive: number;
  readonly rerun: string;
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  readonly unchanged: number;
  readonly running: number;
  readonly left: number;
  readonly eta?: string;
  readonly note?: string;
}

/** `penstock backfill start`: runs intervals of the past. */
export async function startBackfill(
  terminal: Terminal,
  pipelineId: string,
  options: StartBackfillOptions,
): Promise<Exit> {
  const { maxActive = '10' } = options;
  if (!/^\d{1,4}$/.test(maxActive) || Number(maxActive) < 1)
    throw new CliError(`--max-active "${maxActive}": expected a whole number from 1 to 1000`);
  const server = await serverOf(terminal, options);
  const body = {
    from: instant('--from', options.from),
    ...(options.to === undefined ? {} : { to: instant('--to', options.to) }),
    ...(options.schedule === undefined ? {} : { scheduleId: options.schedule }),
    ...(options.object === undefined ? {} : { objects: options.object }),
    maxActive: Number(maxActive),
    rerun: options.rerun ?? 'missing',
  };
  const answer = await ofPipeline(server, pipelineId, server.post(backfillsOf(pipelineId), body));
  return write(terminal, answer as Backfill, options);
}

/** `penstock backfill list`: the newest backfills of a pipeline. */
export async function listBackfills(
  terminal: Terminal,
  pipelineId: string,
  options: BackfillOptions,
): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const answer = (await ofPipeline(server, pipelineId, server.get(backfillsOf(pipelineId)))) as {
    readonly backfills: readonly Backfill[];
  };
  if (options.json) {
    await terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else if (answer.backfills.length === 0) {
    terminal.err(`${pipelineId} has no backfills\n`);
  } else {
    const rows = answer.backfills.map((each) => [
      each.id,
      each.state,
      `${time(each.from)} to ${time(each.to)}`,
      `${each.finished + each.failed + each.unchanged} of ${each.total}`,
      String(each.failed),
    ]);
    await terminal.out(printTable(['id', 'state', 'intervals', 'done', 'failed'], rows));
  }
  return EXIT.ok;
}

/** `penstock backfill show`: how far one is. */
export async function showBackfill(
  terminal: Terminal,
  pipelineId: string,
  backfillId: string,
  options: BackfillOptions,
): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const answer = await ofPipeline(server, pipelineId, server.get(pathOf(pipelineId, backfillId)));
  return write(terminal, answer as Backfill, options);
}

/** `penstock backfill pause`, `resume` and `cancel`. */
export async function steerBackfill(
  terminal: Terminal,
  command: 'pause' | 'resume' | 'cancel',
  pipelineId: string,
  backfillId: string,
  options: BackfillOptions,
): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const body = command === 'cancel' ? { cancelRunning: options.running === true } : {};
  const path = `${pathOf(pipelineId, backfillId)}/${command}`;
  return write(
    terminal,
    (await ofPipeline(server, pipelineId, server.post(path, body))) as Backfill,
    options,
  );
}

async function write(terminal: Terminal, backfill: Backfill, { json }: JsonOption): Promise<Exit> {
  await terminal.out(json ? `${JSON.stringify(backfill, undefined, 2)}\n` : textOf(backfill));
  return EXIT.ok;
}

function textOf(backfill: Backfill): string {
  const { id, state, scheduleIds, from, to, objects, maxActive, rerun, total, eta, note } = backfill;
  const lines = [
    `${id}  ${state}`,
    `  ${scheduleIds.join(', ')}: intervals from ${time(from)} to ${time(to)}, at most ${maxActive} at a time, rerun: ${rerun}`,
    ...(objects === undefined ? [] : [`  only ${objects.join(', ')}`]),
    `  ${total} in all: ${backfill.finished} finished, ${backfill.failed} failed, ${backfill.unchanged} with nothing to do, ` +
      `${backfill.running} running, ${backfill.left} left`,
    ...(eta === undefined ? [] : [`  ends about ${time(eta)} at this speed`]),
    ...(note === undefined ? [] : [`  ${note}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function backfillsOf(pipelineId: string): string {
  return `/v1/pipelines/${encodeURIComponent(pipelineId)}/backfills`;
}

function pathOf(pipelineId: string, backfillId: string): string {
  return `${backfillsOf(pipelineId)}/${encodeURIComponent(backfillId)}`;
}

function time(instantText: string): string {
  return instantText.slice(0, 19);
}

/** Checked here, so that what is wrong is said with the option's name. */
function instant(option: string, text: string): string {
  try {
    return parseRangeEnd(text).toISOString().slice(0, 19);
  } catch (error) {
    throw error instanceof DateTimeError ? new CliError(`${option} ${error.message}`) : error;
  }
}
