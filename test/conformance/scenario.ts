import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Client } from './client.js';
import { mismatch } from './match.js';
import type { FaultyProxy } from './faulty-proxy.js';

/** One call and what must come of it: a row of scenarios.json. `${name}` in texts stands for what was saved. */
export interface Step {
  readonly title: string;
  readonly operation: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly paginate?: string;
  /** What the answer must hold at least; see match.ts. */
  readonly expect?: unknown;
  /** The error that must come: its name, and what its message must be. */
  readonly error?: { readonly name: string; readonly message?: string };
  /** Names for parts of the answer: `{"taskId": "taskObject.taskId"}`. */
  readonly save?: Readonly<Record<string, string>>;
  /** The call is repeated until the answer fits. */
  readonly until?: boolean;
  /** Errors that the client is answered first: it has to call again by itself. */
  readonly faults?: readonly string[];
  /** It makes as many calls as it needs. */
  readonly calls?: 'any';
  /** Clients that cannot say this, with the reason. */
  readonly not?: Readonly<Record<string, string>>;
}

/** Steps that need nothing of another group. */
export interface Group {
  readonly group: string;
  /** Clients that alone can say it. */
  readonly only?: readonly string[];
  readonly steps: readonly Step[];
}

/** What was seen of a step. */
export interface Result {
  readonly group: string;
  readonly title: string;
  readonly operation: string;
  /** Why it does not conform. */
  readonly fault?: string;
  /** Why it was left out. */
  readonly skipped?: string;
  readonly ms: number;
}

const PATIENCE_MS = 90_000;

/** Plays the groups with a client. A group ends at its first fault: what follows builds on it. */
export async function play(
  groups: readonly Group[],
  client: Client,
  clientName: string,
  proxy: FaultyProxy,
  given: Readonly<Record<string, string>>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { group, steps, only } of groups) {
    if (only?.includes(clientName) === false) continue;
    const saved: Record<string, string> = { ...given };
    for (const step of steps) {
      const startedMs = Date.now();
      const { title, operation } = step;
      const skipped = step.not?.[clientName];
      const fault = skipped === undefined ? await playStep(step, client, proxy, saved) : undefined;
      const more = {
        ...(fault === undefined ? {} : { fault }),
        ...(skipped === undefined ? {} : { skipped }),
      };
      results.push({ group, title, operation, ms: Date.now() - startedMs, ...more });
      if (fault !== undefined) break;
    }
  }
  return results;
}

async function playStep(
  step: Step,
  client: Client,
  proxy: FaultyProxy,
  saved: Record<string, string>,
): Promise<string | undefined> {
  const { operation, paginate, faults = [], until = false } = step;
  const input = filledIn(step.input ?? {}, saved) as Record<string, unknown>;
  const call = { operation, input, ...(paginate === undefined ? {} : { paginate }) };
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(200)) {
    proxy.answerFirst(faults);
    const answer = await client.call(call);
    const fault = faultOf(step, answer, proxy, saved);
    if (fault === undefined) {
      for (const [name, path] of Object.entries(step.save ?? {})) {
        const value = path.split('.').reduce<unknown>(memberOf, answer.output);
        if (typeof value !== 'string') return `the answer has no text at ${path}: ${JSON.stringify(answer)}`;
        saved[name] = value;
      }
      return undefined;
    }
    if (!until || Date.now() > deadline) return fault;
  }
}

function faultOf(
  step: Step,
  answer: Answer,
  proxy: FaultyProxy,
  saved: Readonly<Record<string, string>>,
): string | undefined {
  const { faults = [], paginate } = step;
  const { requestIds } = proxy;
  if (paginate === undefined && step.calls === undefined && requestIds.length !== 1)
    return `the service was called ${requestIds.length} times: expected once after ${faults.length} faults: ${JSON.stringify(answer)}`;
  if (proxy.faultsLeft > 0)
    return `the client gave up with ${proxy.faultsLeft} faults left: ${JSON.stringify(answer)}`;
  if (answer.requestId && !requestIds.includes(answer.requestId))
    return `the client took ${answer.requestId} for the request id: the service sent ${requestIds.join()}`;
  if (step.error === undefined) {
    if (answer.error !== undefined) return `an error came: ${JSON.stringify(answer.error)}`;
    return mismatch(filledIn(step.expect ?? {}, saved), answer.output ?? {});
  }
  if (answer.error === undefined) return `no error came, but ${JSON.stringify(answer.output)}`;
  if (answer.error.typed === false && TYPED.has(step.error.name))
    return `the SDK did not make its own class of ${answer.error.name}`;
  const { name, message } = step.error;
  return mismatch(filledIn({ name, ...(message === undefined ? {} : { message }) }, saved), answer.error);
}

/** Errors that the SDKs have classes for. */
const TYPED = new Set([
  'InternalServiceError',
  'InvalidRequestException',
  'PipelineNotFoundException',
  'PipelineDeletedException',
  'TaskNotFoundException',
]);

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function filledIn(value: unknown, saved: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const text = saved[name];
      if (text === undefined)
        throw new Error(`Nothing was saved as "${name}": expected ${Object.keys(saved).join()}`);
      return text;
    });
  }
  if (Array.isArray(value)) return value.map((each) => filledIn(each, saved));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [String(filledIn(name, saved)), filledIn(each, saved)]),
  );
}
