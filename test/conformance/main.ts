import type { Target } from './client.js';
import { CLIENTS, type ClientName, type Tools } from './clients.js';
import type { Result } from './scenario.js';
import { startServer } from './started-server.js';
import { OPERATIONS, readGroups, runClient } from './suite.js';

/** What is to be run, and against what. */
export interface ConformanceOptions {
  readonly clients: readonly ClientName[];
  /** A server that runs already; without one, one is started. */
  readonly target?: Target;
  readonly tools: Tools;
  readonly say: (line: string) => void;
}

/** Every client needs to be asked with at least so many of them for the table to show that an operation conforms. */
const CLIENTS_AN_OPERATION = 3;

/** Runs the whole table with each client; answers the number of faults. */
export async function conformance({ clients, target, tools, say }: ConformanceOptions): Promise<number> {
  const server = target === undefined ? await startServer() : { ...target, stop: async () => undefined };
  try {
    const groups = await readGroups();
    const seen = new Map<string, Result[]>();
    for (const name of clients) {
      const results = await runClient(name, server, tools, groups);
      seen.set(name, results);
      say(`${name}:`);
      for (const line of linesOf(results)) say(line);
    }
    const rows = OPERATIONS.map((operation) => [operation, clientsOf(seen, operation)] as const);
    for (const [operation, by] of rows) say(`  ${operation.padEnd(28)} ${by.join(' ')}`);
    const few = rows.filter(([, by]) => by.length < CLIENTS_AN_OPERATION);
    if (clients.length >= CLIENTS_AN_OPERATION && few.length > 0) {
      say(
        `Conform with fewer than ${CLIENTS_AN_OPERATION} clients: ${few.map(([operation]) => operation).join()}`,
      );
    }
    const faults = [...seen.values()].flat().filter(({ fault }) => fault !== undefined).length;
    return faults + (clients.length >= CLIENTS_AN_OPERATION ? few.length : 0);
  } finally {
    await server.stop();
  }
}

/** Clients with which every step of the operation conformed. */
function clientsOf(seen: ReadonlyMap<string, readonly Result[]>, operation: string): string[] {
  return [...seen].flatMap(([name, results]) => {
    const own = results.filter((each) => each.operation === operation && each.skipped === undefined);
    return own.length > 0 && own.every(({ fault }) => fault === undefined) ? [name] : [];
  });
}

function linesOf(results: readonly Result[]): string[] {
  const bad = results.filter(({ fault }) => fault !== undefined);
  const skipped = results.filter((each) => each.skipped !== undefined);
  const seconds = results.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  return [
    ...bad.map(({ group, title, operation, fault }) => `  FAULT ${group}: ${operation}: ${title}: ${fault}`),
    ...skipped.map(({ operation, title, skipped: why }) => `  left out: ${operation}: ${title}: ${why}`),
    `  ${results.length - bad.length - skipped.length} steps conform, ${bad.length} do not; ${seconds.toFixed(1)} s`,
  ];
}

/** True for the name of a client. */
export function isClientName(name: string): name is ClientName {
  return Object.hasOwn(CLIENTS, name);
}
