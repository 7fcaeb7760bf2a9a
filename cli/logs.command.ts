import { CliError, EXIT, type Exit } from './cli-error.js';
import { follow } from './follow.js';
import { Refusal, serverOf, type ServerOptions } from './server.js';
import type { Terminal } from './terminal.js';

export interface LogsOptions extends ServerOptions {
  /** Go on until the attempt, or the instance, has ended. */
  readonly follow?: true;
}

/** An attempt or an instance, as the server shows it. */
interface Shown {
  readonly id: string;
  readonly status: string;
  readonly errorId?: string;
  readonly errorMessage?: string;
  readonly logLocation?: string;
}

/** `penstock logs`: the log of an attempt, or of an instance's newest. */
export async function logs(
  terminal: Terminal,
  pipelineId: string,
  id: string,
  options: LogsOptions,
): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const kind = /_Attempt=\d+$/.test(id) ? 'attempts' : 'instances';
  const path = `/v1/pipelines/${encodeURIComponent(pipelineId)}/${kind}/${encodeURIComponent(id)}/log`;
  try {
    if (options.follow !== true) {
      await terminal.out(await server.text(path));
      return EXIT.ok;
    }
    for await (const { event, data = '{}' } of follow(terminal, server, `${path}?follow=true`)) {
      const exit = await print(terminal, event, JSON.parse(data) as Record<string, unknown>);
      if (exit !== undefined) return exit;
    }
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Refusal) throw new CliError(error.message, { cause: error });
    throw error;
  }
}

/** The log goes to standard output, what is said about it beside. Answers the exit code of what has ended. */
async function print(
  terminal: Terminal,
  event: string,
  data: Readonly<Record<string, unknown>>,
): Promise<Exit | undefined> {
  switch (event) {
    case 'log':
      await terminal.out(String(data['text']));
      return undefined;
    case 'note':
      terminal.err(`[… ${String(data['text'])} …]\n`);
      return undefined;
    case 'progress':
      terminal.err(`· ${progressOf(data)}\n`);
      return undefined;
    case 'attempt':
    case 'instance':
      terminal.err(`· ${statusOf(data as unknown as Shown)}\n`);
      return undefined;
    case 'ended':
      return data['status'] === 'FINISHED' ? EXIT.ok : EXIT.failed;
    default:
      return undefined; // of a newer server
  }
}

/** `@Say_…_Attempt=1 is FAILED: CommandFailed: exit status 1`. */
function statusOf({ id, status, errorId, errorMessage }: Shown): string {
  return [`${id} is ${status}`, errorId, errorMessage].filter((part) => part !== undefined).join(': ');
}

/** `percentComplete 50, records 3000`. */
function progressOf(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .filter(([name]) => name !== 'attemptId')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
