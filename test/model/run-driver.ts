import { expect } from 'vitest';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { compilePipeline } from '../../model/instance/compile.js';
import type { AttemptFailure, OperatorCommand, RunAction, RunEvent } from '../../model/instance/events.js';
import type { HandOver } from '../../model/instance/hand-over.js';
import { IntervalRun } from '../../model/instance/interval-run.js';
import type { AttemptRecord, InstanceRecord } from '../../model/instance/live-instance.js';
import { planInterval } from '../../model/instance/plan.js';
import type { Changes, StoredInstance } from '../../model/instance/run-book.js';
import type { Status } from '../../model/instance/status.js';
import { intervalAt, type Interval } from '../../model/schedule/schedule.js';

/** Start of the interval that is driven. */
export const START = new Date('2026-01-05T00:00:00Z');
const AT = '_2026-01-05T00:00:00';
const DAY = { id: 'Day', type: 'Schedule', period: '1 day', startDateTime: '2026-01-05T00:00:00' };
const WEEK = { ...DAY, id: 'Week', period: '1 week' };
const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Day' }, workerGroup: 'wg' };

export const CASCADE = { failureAndRerunMode: 'cascade' };
/** One attempt is all there is. */
export const ONE_TRY = { maximumRetries: '0' };

const refs = (ids: string | readonly string[]) => [ids].flat().map((ref) => ({ ref }));
/** `{ input: 'A' }` as references. */
export const to = (targets: Readonly<Record<string, string | readonly string[]>>): object =>
  Object.fromEntries(Object.entries(targets).map(([field, ids]) => [field, refs(ids)]));
export const shell = (id: string, ...more: readonly object[]): object =>
  Object.assign({ id, type: 'ShellCommandActivity', command: 'true' }, ...more);
export const node = (id: string, ...more: readonly object[]): object =>
  Object.assign({ id, type: 'S3DataNode', filePath: 's3://b/k' }, ...more);
export const check = (id: string, ...more: readonly object[]): object =>
  Object.assign({ id, type: 'S3KeyExists', s3Key: 's3://b/k' }, ...more);
export const machine = (id: string, ...more: readonly object[]): object =>
  Object.assign({ id, type: 'Ec2Resource' }, ...more);
export const alarm = (id: string, ...more: readonly object[]): object =>
  Object.assign({ id, type: 'SnsAlarm', subject: 's', message: 'm', topicArn: 'arn:x' }, ...more);
export const terminate = (id: string): object => ({ id, type: 'Terminate' });

export interface DriverOptions {
  /** Fields of Default, beside the usual ones. */
  readonly defaults?: object;
  readonly scheduleId?: string;
  readonly stored?: readonly StoredInstance[];
  readonly paused?: readonly string[];
  readonly now?: Date;
  readonly handOver?: HandOver;
}

/**
 * A run of the interval that begins at START, over real definitions, driven by hand: it keeps what the run asked for and answers.
 * Instances are named as in their ids, without `@` and time: `A`; `Check_Node` for a precondition; `Alarm_A` for an action.
 */
export class RunDriver {
  readonly run: IntervalRun;
  now: Date;
  /** Attempts in the order in which they began: `A#1`. */
  readonly begun: string[] = [];
  readonly inFlight = new Map<string, number>();
  /** Attempts that the run wants ended. */
  readonly canceled = new Set<string>();
  readonly forgotten: string[] = [];
  readonly timers: { readonly at: Date; readonly event: RunEvent }[] = [];
  readonly awaited: string[] = [];
  /** What the ledger was told of attempts, in order. */
  readonly told: AttemptRecord[] = [];
  readonly #rows = new Map<string, Changes['instances'][number]>();
  readonly #paths = new Map<string, Status[]>();
  readonly #objects: readonly object[];
  readonly #options: DriverOptions;

  constructor(objects: readonly object[], options: DriverOptions = {}) {
    this.#objects = objects;
    this.#options = options;
    const { defaults = {}, scheduleId = 'Day', stored = [], paused = [], now = START, handOver } = options;
    this.now = now;
    const { definition, problems } = readDefinitionFile(
      JSON.stringify({ objects: [{ ...DEFAULT, ...defaults }, DAY, WEEK, ...objects] }),
    );
    expect(problems).toEqual([]);
    const pipeline = compilePipeline({
      pipelineId: 'df-1',
      pipelineName: 'p',
      definitionVersion: 1,
      activation: 1,
      definition,
      firstActivationTime: START.toISOString(),
    });
    const schedule = pipeline.schedules.get(scheduleId);
    // An ondemand run begins and ends at its activation.
    const ondemand: Interval = { index: 0, start: START, end: START };
    const interval = schedule?.kind === 'recurring' ? intervalAt(schedule, 0) : ondemand;
    if (interval === undefined) throw new Error(`no interval of ${scheduleId}`);
    const plan = planInterval(pipeline, scheduleId, interval);
    this.run = new IntervalRun(plan, pipeline, stored, paused, handOver);
    this.#take(this.run.start(this.now));
  }

  tell(event: RunEvent): this {
    this.#take(this.run.on(event, this.now));
    return this;
  }

  #take(actions: readonly RunAction[]): void {
    const { instances, attempts } = this.run.takeChanges();
    this.told.push(...attempts);
    for (const row of instances) {
      this.#rows.set(row.id, row);
      const path = this.#paths.get(row.id) ?? [];
      this.#paths.set(row.id, path);
      if (path.at(-1) !== row.status) path.push(row.status);
    }
    for (const action of actions) {
      switch (action.kind) {
        case 'startAttempt': {
          const name = nameOf(action.instanceId);
          expect(this.inFlight.has(name), `${name} works twice`).toBe(false);
          this.inFlight.set(name, action.attempt);
          this.begun.push(`${name}#${action.attempt}`);
          break;
        }
        case 'cancelAttempt':
          this.canceled.add(nameOf(action.instanceId));
          break;
        case 'forgetAttempt':
          this.inFlight.delete(nameOf(action.instanceId));
          this.forgotten.push(nameOf(action.instanceId));
          break;
        case 'tellAt':
          this.timers.push({ at: action.at, event: action.event });
          break;
        case 'awaitElsewhere':
          this.awaited.push(...action.instanceIds);
          break;
        case 'wantResource':
        case 'rerunElsewhere':
          throw new Error('A run by itself shares no resource');
      }
    }
  }

  #end(name: string, outcome: Extract<RunEvent, { kind: 'attemptEnded' }>['outcome']): this {
    const attempt = this.inFlight.get(name);
    if (attempt === undefined) throw new Error(`${name} is not in flight`);
    this.inFlight.delete(name);
    this.canceled.delete(name);
    return this.tell({ kind: 'attemptEnded', instanceId: idOf(name), attempt, outcome });
  }

  /** A worker says that it works. */
  works(...names: readonly string[]): this {
    for (const name of names) {
      const attempt = this.inFlight.get(name) ?? 0;
      const startedAt = this.now.toISOString();
      this.tell({ kind: 'attemptStarted', instanceId: idOf(name), attempt, startedAt, hostname: 'host' });
    }
    return this;
  }

  finish(...names: readonly string[]): this {
    const result = { startedAt: this.now.toISOString(), hostname: 'host' };
    for (const name of names) this.#end(name, { kind: 'finished', result });
    return this;
  }

  fail(name: string, failure: Partial<AttemptFailure> = {}): this {
    const common = { errorId: 'CommandFailed', errorMessage: 'exit 1' };
    return this.#end(name, { kind: 'failed', failure: { ...common, ...failure } });
  }

  /** A worker that was asked to stop has stopped. */
  letGo(...names: readonly string[]): this {
    for (const name of names) this.#end(name, { kind: 'canceled' });
    return this;
  }

  /** A machine is up. */
  up(name: string): this {
    const attempt = this.inFlight.get(name) ?? 0;
    const readyAt = this.now.toISOString();
    return this.tell({ kind: 'resourceReady', instanceId: idOf(name), attempt, readyAt, resourceId: 'i-1' });
  }

  operator(command: OperatorCommand, ...names: readonly string[]): this {
    return this.tell({ kind: 'operator', command, instanceIds: names.map(idOf) });
  }

  elsewhere(instanceId: string, status: Status): this {
    return this.tell({ kind: 'endedElsewhere', instanceId, status });
  }

  /** Lets `minutes` pass: timers ring in their order. */
  pass(minutes: number): this {
    const until = new Date(this.now.getTime() + minutes * 60_000);
    for (;;) {
      this.timers.sort((a, b) => a.at.getTime() - b.at.getTime());
      const [first] = this.timers;
      if (first === undefined || first.at > until) break;
      this.timers.shift();
      if (first.at > this.now) this.now = first.at;
      this.tell(first.event);
    }
    this.now = until;
    return this;
  }

  status(name: string): Status | undefined {
    return this.run.find(idOf(name))?.record.status;
  }

  /** The statuses that the ledger was told, one after the other. */
  path(name: string): string {
    return (this.#paths.get(idOf(name)) ?? []).join(' > ');
  }

  /** `A: FINISHED, B: WAITING_FOR_RUNNER` */
  statuses(...names: readonly string[]): string {
    return names.map((name) => `${name}: ${this.status(name)}`).join(', ');
  }

  record(name: string): InstanceRecord {
    const live = this.run.find(idOf(name));
    if (live === undefined) throw new Error(`no instance ${name}`);
    return live.record;
  }

  /** How often attempts of `name` began. */
  attempts(name: string): number {
    return this.begun.filter((each) => each.startsWith(`${name}#`)).length;
  }

  /** What the ledger was told last of an instance. */
  row(name: string): Changes['instances'][number] | undefined {
    return this.#rows.get(idOf(name));
  }

  /** The ledger's rows, as a run that begins again gets them. */
  stored(): StoredInstance[] {
    return [...this.#rows.values()].flatMap((row): StoredInstance[] => {
      const plan = this.run.find(row.id)?.plan;
      if (plan === undefined) return [];
      const { componentId, kind, type } = plan;
      const nodeId = plan.node?.componentId;
      return [{ ...row, componentId, kind, type, leaseGranted: true, ...(nodeId && { nodeId }) }];
    });
  }

  /** The same interval in a new run, which goes on from what the ledger was told. */
  reopened(options: DriverOptions = {}): RunDriver {
    return new RunDriver(this.#objects, {
      ...this.#options,
      now: this.now,
      ...options,
      stored: this.stored(),
    });
  }

  /** The run in its next history: what is in flight stays so. */
  movedOn(options: Pick<DriverOptions, 'paused'> = {}): RunDriver {
    const handOver = JSON.parse(JSON.stringify(this.run.handOver())) as HandOver;
    const next = this.reopened({ ...options, handOver });
    for (const [name, attempt] of this.inFlight) next.inFlight.set(name, attempt);
    for (const name of this.canceled) next.canceled.add(name);
    for (const [id, row] of this.#rows) if (!next.#rows.has(id)) next.#rows.set(id, row);
    return next;
  }
}

export function drive(objects: readonly object[], options: DriverOptions = {}): RunDriver {
  return new RunDriver(objects, options);
}

function idOf(name: string): string {
  return `@${name}${AT}`;
}

function nameOf(instanceId: string): string {
  return instanceId.replace(AT, '').slice(1);
}
