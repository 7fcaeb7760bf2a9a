import { expect } from 'vitest';
import type { Component } from '../../model/definition/component.js';
import type { CompiledPipeline } from '../../model/instance/compile.js';
import type { AttemptOutcome, RunAction, RunEvent } from '../../model/instance/events.js';
import { IntervalRun } from '../../model/instance/interval-run.js';
import type { IntervalPlan, Need, PlannedInstance } from '../../model/instance/plan.js';
import type { StoredInstance } from '../../model/instance/run-book.js';
import type { Settings } from '../../model/instance/settings.js';
import type { Status } from '../../model/instance/status.js';

/** The interval of the run. */
export const START = new Date('2026-01-01T00:00:00Z');
export const END = new Date('2026-01-02T00:00:00Z');
const DEFAULTS: Settings = {
  maximumRetries: 2,
  retryDelayMs: 60_000,
  reportProgressTimeoutMs: 900_000,
  cascade: false,
  retryTasksOnResourceFailure: true,
  stopOnTaskFailure: false,
};

/** What an instance is like that is not an activity of a worker group, with nothing to wait for. */
export interface Wish {
  readonly kind?: PlannedInstance['kind'];
  readonly needs?: readonly string[];
  readonly elsewhere?: readonly string[];
  readonly preconditionOf?: string;
  readonly resource?: string;
  readonly settings?: Partial<Settings>;
  readonly dueAt?: Date;
  readonly leaseLimit?: number;
  readonly onSuccess?: readonly string[];
  readonly onFail?: readonly string[];
  readonly onLateAction?: readonly string[];
}

/** A run over instances named as in `wishes`; names that begin with `alarm` or `terminate` are actions. */
export function runOf(
  wishes: Readonly<Record<string, Wish>>,
  stored: readonly StoredInstance[] = [],
): { run: IntervalRun; plan: IntervalPlan } {
  const instances = Object.entries(wishes).map(([id, wish]): PlannedInstance => {
    const kind = wish.kind ?? 'activity';
    const preconditions = Object.keys(wishes).filter((other) => wishes[other]?.preconditionOf === id);
    const needs: Need[] = [
      ...(wish.needs ?? []).map((need) => ({
        instanceId: need,
        reason: 'dependsOn' as const,
        elsewhere: false,
      })),
      ...(wish.elsewhere ?? []).map((need) => ({
        instanceId: need,
        reason: 'input' as const,
        elsewhere: true,
      })),
      ...preconditions.map((need) => ({
        instanceId: need,
        reason: 'precondition' as const,
        elsewhere: false,
      })),
    ];
    return {
      id,
      componentId: id,
      kind,
      type: kind === 'activity' ? 'ShellCommandActivity' : 'S3DataNode',
      ...(wish.preconditionOf === undefined
        ? {}
        : { node: { componentId: wish.preconditionOf, instanceId: wish.preconditionOf } }),
      dueAt: wish.dueAt ?? START,
      needs,
      ...(wish.resource === undefined ? {} : { resourceInstanceId: wish.resource }),
      worker:
        kind === 'activity' && wish.resource === undefined
          ? { kind: 'workerGroup', workerGroup: 'wg' }
          : wish.resource === undefined
            ? { kind: 'control' }
            : { kind: 'resource', componentId: wish.resource },
      settings: { ...DEFAULTS, ...wish.settings },
      ...(wish.leaseLimit === undefined ? {} : { leaseLimit: wish.leaseLimit }),
      onSuccess: wish.onSuccess ?? [],
      onFail: wish.onFail ?? [],
      onLateAction: wish.onLateAction ?? [],
      references: {},
    };
  });
  const plan: IntervalPlan = {
    pipelineId: 'df-TEST',
    scheduleId: 'Daily',
    interval: { index: 0, start: START, end: END },
    instances,
  };
  const components = new Map<string, Component>(
    ['alarm', 'alarm2', 'terminate'].map((id) => [
      id,
      { id, name: id, type: id === 'terminate' ? 'Terminate' : 'SnsAlarm', fields: {} },
    ]),
  );
  const pipeline: CompiledPipeline = {
    pipelineId: 'df-TEST',
    pipelineName: 'test',
    definitionVersion: 1,
    activation: 1,
    components,
    parameters: new Map(),
    schedules: new Map(),
    runnables: new Map(),
  };
  return { run: new IntervalRun(plan, pipeline, stored), plan };
}

const RESULT = { startedAt: START.toISOString(), hostname: 'host' };
/** How an attempt ends. */
export const finished: AttemptOutcome = { kind: 'finished', result: RESULT };
export const failed: AttemptOutcome = {
  kind: 'failed',
  failure: { errorId: 'CommandFailed', errorMessage: 'exit 1' },
};

/** Drives a run by hand: keeps what it asked for, and answers. */
class Driver {
  now = START;
  readonly started: string[] = [];
  readonly inFlight = new Map<string, number>();
  readonly canceled = new Set<string>();
  readonly timers: { at: Date; event: RunEvent }[] = [];
  readonly awaited: string[] = [];

  constructor(readonly run: IntervalRun) {}

  begin(): this {
    this.take(this.run.start(this.now));
    return this;
  }

  tell(event: RunEvent): void {
    this.take(this.run.on(event, this.now));
  }

  take(actions: readonly RunAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'startAttempt':
          expect(this.inFlight.has(action.instanceId), `${action.instanceId} works twice`).toBe(false);
          this.inFlight.set(action.instanceId, action.attempt);
          this.started.push(action.instanceId);
          break;
        case 'cancelAttempt':
          this.canceled.add(action.instanceId);
          break;
        case 'forgetAttempt':
          this.inFlight.delete(action.instanceId);
          break;
        case 'tellAt':
          this.timers.push({ at: action.at, event: action.event });
          break;
        case 'awaitElsewhere':
          this.awaited.push(...action.instanceIds);
          break;
        case 'wantResource':
        case 'rerunElsewhere':
          throw new Error('No planned run shares a resource with another');
      }
    }
  }

  end(instanceId: string, outcome: AttemptOutcome): void {
    const attempt = this.inFlight.get(instanceId);
    if (attempt === undefined) throw new Error(`${instanceId} is not in flight`);
    this.inFlight.delete(instanceId);
    this.canceled.delete(instanceId);
    this.tell({ kind: 'attemptEnded', instanceId, attempt, outcome });
  }

  ready(instanceId: string): void {
    const attempt = this.inFlight.get(instanceId) ?? 0;
    this.tell({
      kind: 'resourceReady',
      instanceId,
      attempt,
      readyAt: this.now.toISOString(),
      resourceId: 'i-1',
    });
  }

  /** Lets the earliest timer ring. */
  ring(): void {
    this.timers.sort((a, b) => a.at.getTime() - b.at.getTime());
    const timer = this.timers.shift();
    if (timer === undefined) throw new Error('no timer');
    if (timer.at > this.now) this.now = timer.at;
    this.tell(timer.event);
  }

  status(id: string): Status | undefined {
    return this.run.find(id)?.record.status;
  }
}

/** The run of `wishes`, begun. */
export function drive(
  wishes: Readonly<Record<string, Wish>>,
  stored: readonly StoredInstance[] = [],
): Driver {
  return new Driver(runOf(wishes, stored).run).begin();
}
