import { CliError, EXIT, type Exit } from './cli-error.js';
import { follow } from './follow.js';
import { Refusal, serverOf, type ServerOptions } from './server.js';
import type { Terminal } from './terminal.js';

export interface EventsOptions extends ServerOptions {
  readonly json?: true;
}

interface Change {
  readonly sphere: string;
  readonly pipelineId: string;
  readonly id: string;
  readonly status: string;
  readonly previousStatus?: string;
  readonly at: string;
}

/** `penstock events`: changes of statuses as they happen, a line each, until it is interrupted or the pipeline is deleted. */
export async function events(
  terminal: Terminal,
  pipelineId: string | undefined,
  options: EventsOptions,
): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const query = pipelineId === undefined ? '' : `?pipelineId=${encodeURIComponent(pipelineId)}`;
  try {
    for await (const { event, data = '{}' } of follow(terminal, server, `/v1/events${query}`)) {
      if (event === 'reset') terminal.err('penstock: some changes were missed\n');
      if (event !== 'status') continue;
      const change = JSON.parse(data) as Change;
      await terminal.out(options.json ? `${data}\n` : lineOf(change, pipelineId));
      if (pipelineId !== undefined && change.status === 'DELETED') return EXIT.ok;
    }
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Refusal) throw new CliError(error.message, { cause: error });
    throw error;
  }
}

/** `2026-11-21T09:00:00.123Z  df-…  @Say_2026-11-21T09:00:00  WAITING_FOR_RUNNER -> RUNNING`. */
function lineOf(
  { sphere, pipelineId, id, status, previousStatus, at }: Change,
  only: string | undefined,
): string {
  const parts = [
    at,
    ...(only === undefined && sphere !== 'PIPELINE' ? [pipelineId] : []),
    id,
    previousStatus === undefined ? status : `${previousStatus} -> ${status}`,
  ];
  return `${parts.join('  ')}\n`;
}
