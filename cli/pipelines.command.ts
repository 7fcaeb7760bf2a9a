import { EXIT, type Exit } from './cli-error.js';
import { listPipelines, type ListedPipeline } from './server-pipelines.js';
import { serverOf, type ServerOptions } from './server.js';
import { printTable } from './table.js';
import type { Terminal } from './terminal.js';

export interface PipelinesOptions extends ServerOptions {
  readonly json?: true;
}

/** `penstock pipelines`: the pipelines of a server. */
export async function pipelines(terminal: Terminal, options: PipelinesOptions): Promise<Exit> {
  const server = await serverOf(terminal, options);
  const list: ListedPipeline[] = [];
  for await (const pipeline of listPipelines(server, { health: true })) list.push(pipeline);
  if (options.json) {
    await terminal.out(`${JSON.stringify({ server: server.url, pipelines: list }, undefined, 2)}\n`);
  } else if (list.length === 0) {
    terminal.err(`${server.url} has no pipelines\n`);
  } else {
    const rows = list.map(({ id, name, state, health, activeVersion, latestVersion }) => [
      id,
      name,
      state,
      health ?? '-',
      versions(activeVersion, latestVersion),
    ]);
    await terminal.out(printTable(['id', 'name', 'state', 'health', 'version'], rows));
  }
  return EXIT.ok;
}

/** `2`, or `2, latest 3` when the newest is not in force; `-` before the first definition. */
function versions(active: number | undefined, latest: number | undefined): string {
  if (latest === undefined) return '-';
  if (active === undefined) return `latest ${latest}`;
  return active === latest ? `${active}` : `${active}, latest ${latest}`;
}
