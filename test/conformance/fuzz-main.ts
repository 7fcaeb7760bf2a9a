import { readFile } from 'node:fs/promises';
import { parseCredentials } from '../../src/config/credentials.js';
import type { Target } from './client.js';
import { fuzz } from './fuzz.js';
import { startServer } from './started-server.js';

/** So many calls are of one seed. */
const CALLS = 2_000;

/** Fuzzes a started server for some time, one seed after the other; answers the number of faults, and says each. */
export async function fuzzServer({
  seed,
  seconds,
  target,
  say,
}: {
  readonly seed: number;
  readonly seconds: number;
  readonly target?: Target;
  readonly say: (line: string) => void;
}): Promise<number> {
  const server = target === undefined ? await startServer() : { ...target, stop: async () => undefined };
  const outcomes = new Map<string, number>();
  const untilMs = Date.now() + seconds * 1000;
  let faults = 0;
  let calls = 0;
  try {
    const [key] = parseCredentials(await readFile(server.credentialsPath, 'utf8'));
    if (key === undefined) throw new Error(`${server.credentialsPath} holds no key`);
    for (let next = seed; Date.now() < untilMs; next++) {
      try {
        const report = await fuzz({ url: server.url, key, seed: next, calls: CALLS, untilMs });
        calls += report.calls;
        for (const [outcome, count] of report.outcomes) {
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
        }
      } catch (error) {
        faults += 1;
        say(`FAULT with seed ${next}: ${reason(error)}`);
      }
    }
  } finally {
    await server.stop();
  }
  for (const [outcome, count] of [...outcomes].toSorted(([, a], [, b]) => b - a))
    say(`  ${count} × ${outcome}`);
  say(`${calls} calls from seed ${seed} on, ${faults} faults`);
  return faults;
}

/** The call, and what was wrong with its answer. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${reason(error.cause)}`;
}
