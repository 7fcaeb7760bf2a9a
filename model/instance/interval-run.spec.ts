import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Component } from '../definition/component.js';
import type { CompiledPipeline } from './compile.js';
import type { AttemptOutcome, RunAction, RunEvent } from './events.js';
import { DEACTIVATED, IntervalRun } from './interval-run.js';
import type { IntervalPlan, Need, PlannedInstance } from './plan.js';
import type { StoredInstance } from './run-book.js';
import type { Settings } from './settings.js';
import { STATUS, type Status } from './status.js';

const START = new Date('2026-01-01T00:00:00Z');
const END = new Date('2026-01-02T00:00:00Z');
const DEFAULTS: Settings = {
  maximumRetries: 2,
  retryDelayMs: 60_000,
  reportProgressTimeoutMs: 900_000,
  cascade: false,
  retryTasksOnResourceFailure: true,
  stopOnTaskFailure: false,
};

interface Wish {
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
function runOf(
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
const finished: AttemptOutcome = { kind: 'finished', result: RESULT };
const failed: AttemptOutcome = {
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
          throw new Error('No run of this file shares a resource with another');
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

function drive(wishes: Readonly<Record<string, Wish>>, stored: readonly StoredInstance[] = []): Driver {
  return new Driver(runOf(wishes, stored).run).begin();
}

describe('an interval run', () => {
  it('starts an instance only when all it needs are FINISHED', () => {
    const it = drive({ a: {}, b: {}, c: { needs: ['a', 'b'] } });
    expect(it.started).toEqual(['a', 'b']);
    it.end('a', finished);
    expect(it.status('c')).toBe('WAITING_ON_DEPENDENCIES');
    it.end('b', finished);
    expect(it.status('c')).toBe('WAITING_FOR_RUNNER');
    it.end('c', finished);
    expect(it.run.open).toBe(false);
  });

  it('lets what is not due wait for its time', () => {
    const it = drive({ a: { dueAt: END } });
    expect(it.started).toEqual([]);
    it.ring();
    expect(it.now).toEqual(END);
    expect(it.started).toEqual(['a']);
  });

  it('tries a failed attempt again after retryDelay, maximumRetries times, and then is FAILED', () => {
    const it = drive({ a: { settings: { maximumRetries: 1 } } });
    it.end('a', failed);
    expect(it.status('a')).toBe('WAITING_FOR_RUNNER');
    expect(it.timers[0]?.at).toEqual(new Date(START.getTime() + 60_000));
    it.ring();
    expect(it.inFlight.get('a')).toBe(2);
    it.end('a', failed);
    expect(it.status('a')).toBe('FAILED');
    expect(it.run.find('a')?.record).toMatchObject({
      attemptCount: 2,
      triesLeft: 0,
      errorId: 'CommandFailed',
    });
  });

  it('does not try again what no further attempt can change', () => {
    const it = drive({ a: {} });
    it.end('a', {
      kind: 'failed',
      failure: { errorId: 'InvalidExpression', errorMessage: 'x', final: true },
    });
    expect(it.status('a')).toBe('FAILED');
  });

  it('shows RUNNING once the worker says so', () => {
    const it = drive({ a: {} });
    it.tell({
      kind: 'attemptStarted',
      instanceId: 'a',
      attempt: 1,
      startedAt: START.toISOString(),
      hostname: 'h',
    });
    expect(it.status('a')).toBe('RUNNING');
    it.tell({
      kind: 'attemptStarted',
      instanceId: 'a',
      attempt: 7,
      startedAt: START.toISOString(),
      hostname: 'x',
    });
    expect(it.run.find('a')?.record.hostname).toBe('h');
  });

  describe('failureAndRerunMode', () => {
    it('none: consumers of a failed object wait; a rerun of it lets them go on', () => {
      const it = drive({ a: { settings: { maximumRetries: 0 } }, b: { needs: ['a'] } });
      it.end('a', failed);
      expect(it.status('b')).toBe('WAITING_ON_DEPENDENCIES');
      expect(it.run.open).toBe(true);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['a'] });
      it.end('a', finished);
      expect(it.status('b')).toBe('WAITING_FOR_RUNNER');
    });

    const CASCADE = { settings: { cascade: true, maximumRetries: 0 } };
    it('cascade: consumers become CASCADE_FAILED, all the way down, and name the chain', () => {
      const it = drive({
        a: CASCADE,
        node: { kind: 'dataNode', needs: ['a'], ...CASCADE },
        b: { needs: ['node'], ...CASCADE },
        free: {},
      });
      it.end('a', failed);
      expect([it.status('node'), it.status('b')]).toEqual(['CASCADE_FAILED', 'CASCADE_FAILED']);
      expect(it.run.find('b')?.record.cascadeFailedOn).toEqual(['a', 'node']);
      expect(it.status('free')).toBe('WAITING_FOR_RUNNER');
    });

    it('cascade: preconditions of consumers become CANCELED', () => {
      const it = drive({
        a: CASCADE,
        check: { kind: 'precondition', preconditionOf: 'node', needs: ['a'] },
        node: { kind: 'dataNode', needs: ['a'], ...CASCADE },
      });
      it.end('a', failed);
      expect(it.status('check')).toBe('CANCELED');
    });

    it('cascade: a failed precondition fails its node and the consumers', () => {
      const it = drive({
        check: { kind: 'precondition', preconditionOf: 'node', settings: { maximumRetries: 0 } },
        node: { kind: 'dataNode', ...CASCADE },
        b: { needs: ['node'], ...CASCADE },
      });
      it.end('check', failed);
      expect([it.status('check'), it.status('node'), it.status('b')]).toEqual([
        'FAILED',
        'CASCADE_FAILED',
        'CASCADE_FAILED',
      ]);
    });

    it('cascade: a rerun of the origin takes its CASCADE_FAILED consumers with it', () => {
      const it = drive({ a: CASCADE, b: { needs: ['a'], ...CASCADE }, c: { needs: ['b'], ...CASCADE } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['a'] });
      for (const id of ['a', 'b', 'c']) it.end(id, finished);
      expect(it.run.open).toBe(false);
      expect(it.status('c')).toBe('FINISHED');
    });

    it('a rerun of a consumer whose dependency is still failed falls back to CASCADE_FAILED', () => {
      const it = drive({ a: CASCADE, b: { needs: ['a'], ...CASCADE } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['b'] });
      expect(it.status('b')).toBe('CASCADE_FAILED');
    });
  });

  describe('an operator', () => {
    it('cancels what waits at once, and what works when the worker has let go', () => {
      const it = drive({ a: {}, b: { needs: ['a'] } });
      it.tell({ kind: 'operator', command: 'CANCEL', instanceIds: ['a', 'b'] });
      expect(it.status('b')).toBe('CANCELED');
      expect(it.status('a')).toBe('WAITING_FOR_RUNNER');
      expect(it.canceled.has('a')).toBe(true);
      it.end('a', { kind: 'canceled' });
      expect(it.status('a')).toBe('CANCELED');
      expect(it.run.open).toBe(false);
    });

    it('marks a failed instance FINISHED, and its consumers go on', () => {
      const it = drive({ a: { settings: { maximumRetries: 0 }, onSuccess: ['alarm'] }, b: { needs: ['a'] } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'MARK_FINISHED', instanceIds: ['a'] });
      expect([it.status('a'), it.status('b')]).toEqual(['FINISHED', 'WAITING_FOR_RUNNER']);
      expect(it.run.find('a')?.record.errorId).toBeUndefined();
      expect(it.started).not.toContain('@alarm_a_2026-01-01T00:00:00');
    });

    it('reruns with all tries again, attempts counted on', () => {
      const it = drive({ a: { settings: { maximumRetries: 0 } } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['a'] });
      expect(it.inFlight.get('a')).toBe(2);
      it.end('a', finished);
      expect(it.run.find('a')?.record).toMatchObject({ status: 'FINISHED', attemptCount: 2 });
    });
  });

  describe('deactivation', () => {
    it('with cancelActive cancels everything that is not over', () => {
      const it = drive({ a: {}, b: { needs: ['a'] } });
      it.tell({ kind: 'deactivated', cancelActive: true });
      it.end('a', { kind: 'canceled' });
      expect(it.run.open).toBe(false);
      expect(it.run.find('a')?.record.cancellationReason).toBe(DEACTIVATED);
    });

    it('without cancelActive lets the work end, and begins nothing', () => {
      const it = drive({ a: {}, b: { needs: ['a'] } });
      it.tell({ kind: 'deactivated', cancelActive: false });
      expect(it.canceled.size).toBe(0);
      it.end('a', finished);
      expect([it.status('a'), it.status('b')]).toEqual(['FINISHED', 'CANCELED']);
      expect(it.run.open).toBe(false);
    });
  });

  describe('actions', () => {
    it('fire once, on success or on failure, and do not change what they speak of', () => {
      const it = drive({ a: { onSuccess: ['alarm'], onFail: ['alarm2'] } });
      it.end('a', finished);
      expect(it.started).toEqual(['a', '@alarm_a_2026-01-01T00:00:00']);
      expect(it.run.open).toBe(true);
      it.end('@alarm_a_2026-01-01T00:00:00', failed);
      expect(it.status('a')).toBe('FINISHED');
      expect(it.status('@alarm_a_2026-01-01T00:00:00')).toBe('FAILED');
      expect(it.run.open).toBe(false);
    });

    it('onLateAction Terminate cancels what is not over in time', () => {
      const it = drive({
        a: { needs: ['b'], settings: { lateAfterMs: 60_000 }, onLateAction: ['terminate', 'alarm'] },
        b: {},
      });
      it.ring();
      expect(it.status('a')).toBe('CANCELED');
      expect(it.started).toContain('@alarm_a_2026-01-01T00:00:00');
    });
  });

  describe('a resource', () => {
    const resource: Wish = { kind: 'resource', settings: { maximumRetries: 1 } };

    it('is launched when first needed, serves, and goes down when its last user is over', () => {
      const it = drive({
        r: resource,
        a: {},
        b: { needs: ['a'], resource: 'r' },
        c: { needs: ['b'], resource: 'r' },
      });
      expect(it.status('r')).toBe('WAITING_ON_DEPENDENCIES');
      it.end('a', finished);
      expect([it.status('r'), it.status('b')]).toEqual(['CREATING', 'WAITING_FOR_RUNNER']);
      expect(it.inFlight.has('b')).toBe(false);
      it.ready('r');
      expect(it.status('r')).toBe('RUNNING');
      it.end('b', finished);
      it.end('c', finished);
      expect(it.status('r')).toBe('SHUTTING_DOWN');
      it.end('r', finished);
      expect(it.status('r')).toBe('FINISHED');
      expect(it.run.open).toBe(false);
    });

    it('that nobody came to need is FINISHED without a launch', () => {
      const it = drive({
        r: resource,
        a: { settings: { maximumRetries: 0 } },
        b: { needs: ['a'], resource: 'r', settings: { cascade: true } },
      });
      it.end('a', failed);
      expect([it.status('b'), it.status('r')]).toEqual(['CASCADE_FAILED', 'FINISHED']);
      expect(it.started).not.toContain('r');
    });

    it('that is lost is made anew at once, and its task tried again', () => {
      const it = drive({ r: resource, b: { resource: 'r' } });
      it.ready('r');
      it.end('r', failed);
      expect([it.status('r'), it.status('b')]).toEqual(['CREATING', 'WAITING_FOR_RUNNER']);
      expect(it.timers.at(-1)?.at).toEqual(it.now);
      it.ring();
      it.ready('r');
      expect(it.inFlight.get('b')).toBe(2);
    });

    it('that cannot be made is tried again after retryDelay', () => {
      const it = drive({ r: resource, b: { resource: 'r' } });
      it.end('r', failed);
      expect(it.inFlight.get('r')).toBeUndefined();
      it.ring();
      expect(it.inFlight.get('r')).toBe(2);
    });

    it('that is not up within initTimeout fails, and is tried again', () => {
      const settings = { maximumRetries: 1, initTimeoutMs: 30_000 };
      const it = drive({ r: { kind: 'resource', settings }, b: { resource: 'r' } });
      it.ring();
      expect(it.canceled).toContain('r');
      it.ready('r'); // too late
      expect([it.status('r'), it.status('b')]).toEqual(['CREATING', 'WAITING_FOR_RUNNER']);
      it.end('r', { kind: 'canceled' });
      expect(it.run.find('r')?.record).toMatchObject({ status: 'CREATING', errorId: 'InitTimeout' });
      it.ring();
      it.ready('r');
      it.end('b', finished);
      it.end('r', finished);
      it.ring(); // the second attempt's time, which means nothing any more
      expect([it.status('r'), it.status('b')]).toEqual(['FINISHED', 'FINISHED']);
    });

    it('that fails for good cancels its activities, and their consumers are CASCADE_FAILED', () => {
      const it = drive({
        r: { kind: 'resource', settings: { maximumRetries: 0 } },
        b: { resource: 'r' },
        c: { needs: ['b'], settings: { cascade: true } },
      });
      it.end('r', failed);
      expect([it.status('r'), it.status('b'), it.status('c')]).toEqual([
        'FAILED',
        'CANCELED',
        'CASCADE_FAILED',
      ]);
    });

    it('is TIMEDOUT after terminateAfter, and its work CANCELED', () => {
      const it = drive({
        r: { kind: 'resource', settings: { terminateAfterMs: 60_000 } },
        b: { resource: 'r' },
      });
      it.ready('r');
      it.ring();
      expect(it.status('r')).toBe('SHUTTING_DOWN');
      it.end('r', finished);
      expect([it.status('r'), it.status('b')]).toEqual(['TIMEDOUT', 'CANCELED']);
      expect(it.run.open).toBe(false);
    });

    it('is launched anew for a rerun of its activity', () => {
      const it = drive({ r: resource, b: { resource: 'r' } });
      it.ready('r');
      it.end('b', finished);
      it.end('r', finished);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['b'] });
      expect(it.status('r')).toBe('CREATING');
      it.ready('r');
      it.end('b', finished);
      it.end('r', finished);
      expect(it.run.open).toBe(false);
    });
  });

  describe('other runs', () => {
    it('are waited for, one by one', () => {
      const it = drive({ report: { elsewhere: ['@d1', '@d2'] } });
      expect(it.awaited).toEqual(['@d1', '@d2']);
      it.tell({ kind: 'endedElsewhere', instanceId: '@d1', status: 'FINISHED' });
      it.tell({ kind: 'endedElsewhere', instanceId: '@d1', status: 'FINISHED' });
      expect(it.status('report')).toBe('WAITING_ON_DEPENDENCIES');
      it.tell({ kind: 'endedElsewhere', instanceId: '@d2', status: 'FINISHED' });
      expect(it.status('report')).toBe('WAITING_FOR_RUNNER');
    });

    it('cascade into this one, when it is set so', () => {
      const it = drive({
        report: { elsewhere: ['@d1'], settings: { cascade: true } },
        patient: { elsewhere: ['@d1'] },
      });
      it.tell({ kind: 'endedElsewhere', instanceId: '@d1', status: 'FAILED' });
      expect([it.status('report'), it.status('patient')]).toEqual([
        'CASCADE_FAILED',
        'WAITING_ON_DEPENDENCIES',
      ]);
    });
  });

  it('waits for its lease of maxActiveInstances', () => {
    const it = drive({ a: { leaseLimit: 1 } });
    expect(it.started).toEqual([]);
    it.tell({ kind: 'leaseGranted', instanceId: 'a' });
    expect(it.started).toEqual(['a']);
  });

  it('goes on from the ledger: what is terminal stays, a rerun counts attempts on', () => {
    const stored = (id: string, status: Status): StoredInstance => ({
      id,
      componentId: id,
      kind: 'activity',
      type: 'ShellCommandActivity',
      seq: 9,
      status,
      attemptCount: 3,
      triesLeft: 0,
      cascadeFailedOn: [],
      leaseGranted: true,
    });
    const it = drive({ a: {}, b: { needs: ['a'] } }, [stored('a', 'FINISHED'), stored('b', 'FAILED')]);
    expect(it.run.open).toBe(false);
    it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['b'] });
    expect(it.inFlight.get('b')).toBe(4);
    expect(it.run.takeChanges().instances.every((row) => row.seq > 9)).toBe(true);
  });

  it('numbers changes by the position in the history, so that what is decided anew wins over what a dead worker wrote', () => {
    const seqs = (position: number): number[] => {
      const { run } = runOf({ a: {}, b: {} });
      run.start(START, position);
      return run.takeChanges().instances.map((row) => row.seq);
    };
    expect(Math.min(...seqs(8))).toBeGreaterThan(Math.max(...seqs(5)));
    expect(Number.isSafeInteger(Math.max(...seqs(51_200)))).toBe(true);
  });

  it('holds its invariants whatever happens in whatever order', () => {
    const wish = fc.record({
      needs: fc.array(fc.nat(30), { maxLength: 3 }),
      kind: fc.constantFrom('activity' as const, 'activity' as const, 'dataNode' as const),
      cascade: fc.boolean(),
      retries: fc.nat(2),
      onResource: fc.boolean(),
      alarm: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(wish, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 120 }),
        (wanted, choices) => {
          const wishes: Record<string, Wish> = { r: { kind: 'resource', settings: { maximumRetries: 1 } } };
          wanted.forEach((each, index) => {
            wishes[`n${index}`] = {
              kind: each.kind,
              needs: [...new Set(each.needs.filter((need) => need < index).map((need) => `n${need}`))],
              ...(each.onResource && each.kind === 'activity' ? { resource: 'r' } : {}),
              settings: { cascade: each.cascade, maximumRetries: each.retries },
              ...(each.alarm ? { onFail: ['alarm'], onSuccess: ['alarm2'] } : {}),
            };
          });
          const it = drive(wishes);
          const check = (): void => {
            for (const id of it.inFlight.keys()) {
              const live = it.run.find(id);
              if (live === undefined || live.plan.kind === 'action') continue;
              for (const need of wishes[id]?.needs ?? []) expect(it.status(need)).toBe('FINISHED');
              expect(STATUS[live.record.status].terminal).toBe(false);
            }
          };
          check();
          for (const choice of choices) {
            const ids = [...it.inFlight.keys()];
            const id = ids[choice % Math.max(1, ids.length)];
            const dice = Math.floor(choice / 7) % 12;
            if (dice === 0)
              it.tell({ kind: 'operator', command: 'CANCEL', instanceIds: [`n${choice % wanted.length}`] });
            else if (dice === 1 && it.timers.length > 0) it.ring();
            else if (id === undefined) {
              if (it.timers.length === 0) break;
              it.ring();
            } else if (it.canceled.has(id)) it.end(id, { kind: 'canceled' });
            else if (id === 'r' && it.status('r') === 'CREATING') it.ready('r');
            else if (id === 'r') it.end('r', dice < 4 ? failed : finished);
            else it.end(id, dice < 5 ? failed : finished);
            check();
          }
          // Let everything come to rest: all work succeeds, all timers ring.
          for (let step = 0; step < 2000 && (it.inFlight.size > 0 || it.timers.length > 0); step++) {
            const id =
              [...it.inFlight.keys()].find((each) => each !== 'r' || it.canceled.has('r')) ??
              [...it.inFlight.keys()][0];
            if (id === undefined) it.ring();
            else if (it.canceled.has(id)) it.end(id, { kind: 'canceled' });
            else if (id === 'r' && it.status('r') === 'CREATING') it.ready('r');
            else it.end(id, finished);
            check();
          }
          // What is not over by now waits for something that failed and does not cascade into it.
          for (const id of Object.keys(wishes)) {
            const live = it.run.find(id);
            if (live === undefined || STATUS[live.record.status].terminal) continue;
            if (id === 'r') {
              expect(
                Object.keys(wishes).some(
                  (user) => wishes[user]?.resource === 'r' && !STATUS[it.status(user) ?? 'FINISHED'].terminal,
                ),
              ).toBe(true);
              continue;
            }
            expect(live.record.status).toBe('WAITING_ON_DEPENDENCIES');
            expect((wishes[id]?.needs ?? []).some((need) => it.status(need) !== 'FINISHED')).toBe(true);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
