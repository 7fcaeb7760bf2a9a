import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Caller } from './caller.js';
import { startOf, type ChaosPipeline } from './chaos-pipeline.js';
import { definitionOf, type DefinitionObject } from './definition.js';
import { diceOf, type Dice } from './dice.js';
import type { Fault } from './faults.js';
import { generatePipeline, type Size } from './generate.js';
import { unsettled, violations, type Evidence, type Outage } from './invariants.js';
import { clockOffset, readJournal } from './journal.js';
import { annoy, TokenCollector } from './nuisances.js';
import { readLedger, readRuns } from './observe.js';
import { freedBy, referenceModel } from './reference-model.js';
import { journalPath } from './scripts.js';
import type { World } from './world.js';

export interface RoundOptions {
  readonly seed: number;
  /** From 1. */
  readonly round: number;
  readonly pipelines: number;
  readonly faults: readonly Fault[];
  /** Whether the first one may fall while the pipelines are being activated: a step of that may then take two minutes. */
  readonly early: boolean;
  readonly size: Size;
  /** How long everything must stay at rest. */
  readonly quietMs: number;
  /** How long everything may take to come to rest when nothing is broken any more. */
  readonly settleWithinMs: number;
  /** An operator cancels, marks and reruns meanwhile. */
  readonly operator: boolean;
  readonly say: (line: string) => void;
}

/** What a round has found; `violations` is empty when all is well. */
export interface RoundOutcome {
  readonly violations: readonly string[];
  readonly instances: number;
  readonly attempts: number;
  readonly lost: number;
  /** From the last fault until everything was at rest. */
  readonly restSeconds: number;
  readonly faults: readonly string[];
  readonly definitions: readonly {
    readonly pipelineId: string;
    readonly objects: readonly DefinitionObject[];
  }[];
}

interface Played {
  readonly pipelineId: string;
  readonly pipeline: ChaosPipeline;
  readonly objects: readonly DefinitionObject[];
  /** Instances that the operator has given a command. */
  readonly touched: Set<string>;
}

const COLLECT_EVERY_MS = 300;
const LOOK_EVERY_MS = 500;

/** Runs pipelines through the faults of a seed, and holds what happened against what must. */
export async function playRound(world: World, options: RoundOptions): Promise<RoundOutcome> {
  const { seed, round } = options;
  const caller = new Caller(world.apiUrls, world.key);
  const tokens = new TokenCollector(world);
  const quiet = new AbortController();
  const collecting = every(COLLECT_EVERY_MS, quiet.signal, () => tokens.collect());
  const outages: Outage[] = [];
  const found: string[] = [];
  const faultsSaid: string[] = [];
  try {
    world.note(`round ${round} of seed ${seed}`);
    const played: Played[] = [];
    const nowSeconds = Math.floor(Date.now() / 1000);
    for (let at = 0; at < options.pipelines; at++) {
      const name = `chaos-${seed}-${round}-${at}`;
      const pipeline = generatePipeline(seed, name, nowSeconds, options.size);
      const objects = definitionOf(pipeline, { folder: world.folder, webhookUrl: world.webhooks.url });
      await writeFile(join(world.folder, `${name}.json`), JSON.stringify({ objects }, undefined, 1));
      played.push({ pipelineId: await caller.create(name, objects), pipeline, objects, touched: new Set() });
    }
    // Now and then the first blow falls while the pipelines are being activated.
    const early = options.early && diceOf(seed, `round ${round}`).chance(0.3);
    const activating = Promise.all(played.map(({ pipelineId }) => caller.activate(pipelineId)));
    const files = Promise.all(played.map(({ pipeline }) => makeFiles(world, pipeline)));
    if (!early) await activating;
    const ids = played.map(({ pipelineId }) => pipelineId);
    const operating = options.operator
      ? operate(world, caller, diceOf(seed, `operator ${round}`), played, activating)
      : undefined;
    for (const fault of options.faults) {
      await delay(fault.pauseMs);
      const text = textOf(fault);
      faultsSaid.push(text);
      world.note(`fault ${text}`);
      if (fault.kind === 'kill' || fault.kind === 'freeze') await strike(world, fault, outages);
      else {
        const { kind } = fault;
        found.push(...(await annoyUntilDone(() => annoy(world, kind, ids, { tokens, caller }))));
      }
      world.note(`over ${text}`);
    }
    await activating;
    await files;
    await operating;
    world.note('nothing is broken any more');
    const healedAt = Date.now();
    const evidence = (): Promise<Evidence[]> => gather(world, played, outages);
    found.push(...(await settle(evidence, options)));
    const restSeconds = Math.round((Date.now() - healedAt - options.quietMs) / 1000);
    const last = await evidence();
    for (const each of last) found.push(...named(each, violations(each)));
    found.push(...(await problemsOfLogs(world)));
    const all = last.flatMap(({ ledger }) => [...ledger.instances.values()]);
    const attempts = all.flatMap((instance) => instance.attempts);
    if (found.length === 0) found.push(...(await deleteAll(world, caller, ids)));
    return {
      violations: found,
      instances: all.length,
      attempts: attempts.length,
      lost: attempts.filter(({ errorId }) => errorId === 'RunnerLost' || errorId === 'ReportProgressTimeout')
        .length,
      restSeconds,
      faults: faultsSaid,
      definitions: played.map(({ pipelineId, objects }) => ({ pipelineId, objects })),
    };
  } finally {
    quiet.abort();
    await collecting;
    caller.destroy();
  }
}

/** Commands by chance, on instances that may or may not be there yet. */
async function operate(
  world: World,
  caller: Caller,
  dice: Dice,
  played: readonly Played[],
  activated: Promise<unknown>,
): Promise<void> {
  await activated;
  for (let count = dice.int(6, 15); count > 0; count--) {
    await delay(dice.int(500, 5_000));
    const { pipelineId, pipeline, touched } = dice.pick(played);
    const ids = referenceModel(pipeline, () => undefined).map(({ id }) => id);
    const chosen = dice.some(ids, 3);
    const command = dice.pick(['TRY_CANCEL', 'RERUN', 'RERUN', 'MARK_FINISHED']);
    if (chosen.length === 0) continue;
    for (const id of chosen) touched.add(id);
    world.note(`operator ${pipelineId} ${command} ${chosen.join(' ')}`);
    world.note(`answer ${command} ${await caller.setStatus(pipelineId, chosen, command)}`);
  }
}

function textOf(fault: Fault): string {
  if (fault.kind !== 'kill' && fault.kind !== 'freeze') return fault.kind;
  return `${fault.kind} ${fault.names.join('+')} for ${fault.forMs} ms`;
}

async function strike(
  world: World,
  { kind, names, forMs }: Extract<Fault, { readonly forMs: number }>,
  outages: Outage[],
): Promise<void> {
  const victims = names.flatMap((name) => world.processes.get(name) ?? []);
  const fromSeconds = Date.now() / 1000;
  const hits = names.some((name) => name.startsWith('runner') || name === 'temporal');
  const outage: Outage = { names, fromSeconds, toSeconds: Number.POSITIVE_INFINITY };
  if (hits) outages.push(outage);
  try {
    if (kind === 'freeze') for (const each of victims) each.freeze();
    else await Promise.all(victims.map((each) => each.kill()));
    await delay(forMs);
  } finally {
    if (kind === 'freeze') for (const each of victims) each.thaw();
    else await Promise.all(victims.map((each) => each.up()));
    outage.toSeconds = Date.now() / 1000;
  }
}

/** The store or Temporal may be on their way up again. */
async function annoyUntilDone(work: () => Promise<string[]>): Promise<string[]> {
  for (const deadline = Date.now() + 60_000; ; await delay(500)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Makes the files that nobody's work makes, each interval's at its time. */
async function makeFiles(world: World, pipeline: ChaosPipeline): Promise<void> {
  const nodes = pipeline.dataNodes.filter((node) => node.exists !== undefined && node.producer === undefined);
  await Promise.all(
    nodes.map(async (node) => {
      await delay((node.exists?.madeAfterSeconds ?? 0) * 1000);
      const schedule = pipeline.schedules.find((each) => each.id === node.schedule);
      const folder = join(world.folder, 'data', pipeline.name, node.id);
      await mkdir(folder, { recursive: true });
      for (let index = 0; schedule !== undefined && index < schedule.occurrences; index++)
        await writeFile(join(folder, startOf(schedule, index).replace(/[T:]/g, '-')), '');
    }),
  );
}

async function gather(
  world: World,
  played: readonly Played[],
  outages: readonly Outage[],
): Promise<Evidence[]> {
  return await Promise.all(
    played.map(async ({ pipelineId, pipeline, touched }) => ({
      pipelineId,
      pipeline,
      ledger: await readLedger(world.store, pipelineId),
      runs: await readRuns(world.temporal, pipelineId, 'runInterval'),
      journal: readJournal(journalPath(world.folder), pipelineId),
      alarms: world.webhooks.taken.filter((each) => each.pipelineId === pipelineId),
      outages,
      free: freedBy(pipeline, touched),
      clockOffset: clockOffset(),
    })),
  );
}

/** Longer than anything waits before it is tried again: two minutes for a step of activation whose control worker was killed. */
const UNCHANGED_MS = 130_000;

/** Waits until everything is at rest and stays so; answers what is not. */
async function settle(
  gatherAll: () => Promise<Evidence[]>,
  { quietMs, settleWithinMs }: RoundOptions,
): Promise<string[]> {
  const began = Date.now();
  let since = began;
  let problems: string[] = [];
  for (;;) {
    const before = problems.join('\n');
    try {
      problems = (await gatherAll()).flatMap((each) => named(each, unsettled(each)));
    } catch (error) {
      problems = [`nothing can be seen: ${String(error)}`];
    }
    if (problems.join('\n') !== before) since = Date.now();
    const sameForMs = Date.now() - since;
    if (problems.length === 0 && sameForMs >= quietMs) return [];
    if (problems.length > 0 && (sameForMs > UNCHANGED_MS || Date.now() - began > settleWithinMs)) {
      const seconds = Math.round((Date.now() - began) / 1000);
      return [`not at rest ${seconds} s after the last fault:`, ...problems];
    }
    await delay(LOOK_EVERY_MS);
  }
}

function named({ pipelineId, pipeline }: Evidence, problems: readonly string[]): string[] {
  return problems.map((problem) => `${pipeline.name} (${pipelineId}): ${problem}`);
}

/** What a process must never say, whatever is taken from it: that is no outage but a defect. */
const DEFECTS =
  /Unhandled 'error' event|UnhandledPromiseRejection|TMPRL1100|[Nn]ondeterminism error|TypeError|ReferenceError|RangeError/;

async function problemsOfLogs(world: World): Promise<string[]> {
  const folder = join(world.folder, 'logs');
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    if (!/^(api|control|runner)/.test(name)) continue;
    const lines = (await readFile(join(folder, name), 'utf8'))
      .split('\n')
      .filter((line) => DEFECTS.test(line));
    if (lines.length > 0)
      found.push(`${name} has ${lines.length} lines of defects: ${lines[0]?.trim().slice(0, 300)}`);
  }
  return found;
}

/** A deleted pipeline leaves nothing: no row, no open run. */
async function deleteAll(world: World, caller: Caller, pipelineIds: readonly string[]): Promise<string[]> {
  for (const id of pipelineIds) await caller.delete(id);
  const left = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const id of pipelineIds) {
      const { state, instances, waits, leases } = await readLedger(world.store, id);
      const rows = instances.size + waits.length + leases.length;
      if (state !== undefined || rows > 0)
        found.push(`${id} is deleted, and has ${rows} rows; it is ${state}`);
      for (const { workflowId, status } of await readRuns(world.temporal, id, 'runInterval'))
        if (status === 'RUNNING') found.push(`${id} is deleted, its run ${workflowId} is open`);
    }
    return found;
  };
  for (const deadline = Date.now() + 60_000; ; await delay(200)) {
    const found = await left();
    if (found.length === 0 || Date.now() > deadline) return found;
  }
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}

/** The journal's lines of faults and of processes that ended, for whoever asks why. */
export function timeline(world: World): string[] {
  const lines = readFileSync(journalPath(world.folder), 'utf8').split('\n');
  return lines.filter((line) => /^\S+ (round|fault|over|ended|nothing|operator|answer) /.test(line));
}
