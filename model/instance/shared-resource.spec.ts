import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readDefinitionFile } from '../definition/definition-file.js';
import { intervalsStarting } from '../schedule/schedule.js';
import { compilePipeline } from './compile.js';
import type { Elsewhere, RunAction, RunEvent } from './events.js';
import { IntervalRun } from './interval-run.js';
import { planInterval, type IntervalPlan, type RunPlace } from './plan.js';
import type { StoredInstance } from './run-book.js';
import { STATUS } from './status.js';
import { isTerminal } from './transitions.js';

const FROM = new Date('2026-01-01T00:00:00Z');
const TO = new Date('2026-01-03T00:00:00Z');

const pipeline = compilePipeline({
  pipelineId: 'df-1',
  pipelineName: 'shared',
  definitionVersion: 1,
  activation: 1,
  firstActivationTime: FROM.toISOString(),
  definition: readDefinitionFile(
    JSON.stringify({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Thirds' }, failureAndRerunMode: 'cascade' },
        {
          id: 'Daily',
          type: 'Schedule',
          period: '1 day',
          startDateTime: '2026-01-01T00:00:00',
          occurrences: '2',
        },
        {
          id: 'Thirds',
          type: 'Schedule',
          period: '8 hours',
          startDateTime: '2026-01-01T00:00:00',
          occurrences: '5',
        },
        { id: 'Machine', type: 'Ec2Resource', schedule: { ref: 'Daily' }, maximumRetries: '1' },
        {
          id: 'Local',
          type: 'ShellCommandActivity',
          command: 'true',
          schedule: { ref: 'Daily' },
          runsOn: { ref: 'Machine' },
        },
        {
          id: 'One',
          type: 'ShellCommandActivity',
          command: 'true',
          runsOn: { ref: 'Machine' },
          maximumRetries: '1',
        },
        {
          id: 'Two',
          type: 'ShellCommandActivity',
          command: 'true',
          runsOn: { ref: 'Machine' },
          dependsOn: { ref: 'One' },
        },
      ],
    }),
  ).definition,
});

interface Pending {
  readonly what: 'event' | 'attempt' | 'timer' | 'ask';
  readonly run: string;
  readonly event?: RunEvent;
  readonly instanceId?: string;
  readonly attempt?: number;
  readonly action?: RunAction;
}

/** Runs that know of each other by a ledger alone, and a network that tells things late, twice and out of order. */
class World {
  readonly plans = new Map<string, IntervalPlan>();
  readonly runs = new Map<string, IntervalRun>();
  readonly rows = new Map<string, StoredInstance>();
  readonly waits = new Map<string, Set<string>>();
  readonly canceling = new Set<string>();
  pending: Pending[] = [];
  readonly unmade: string[] = [];
  #now = TO.getTime();
  #position = 0;

  constructor() {
    for (const [scheduleId, schedule] of pipeline.schedules) {
      for (const interval of intervalsStarting(schedule, FROM, TO)) {
        const plan = planInterval(pipeline, scheduleId, interval);
        const key = keyOf({ scheduleId, intervalStart: isoOf(interval.start) });
        this.plans.set(key, plan);
        this.unmade.push(key);
      }
    }
  }

  make(key: string): void {
    for (const { id, componentId, kind, type, settings } of this.plan(key).instances) {
      const triesLeft = settings.maximumRetries + 1;
      const base = { id, componentId, kind, type, seq: 0, attemptCount: 0, triesLeft, cascadeFailedOn: [] };
      this.rows.set(id, { ...base, status: 'WAITING_ON_DEPENDENCIES', leaseGranted: true });
    }
    this.open(key);
  }

  plan(key: string): IntervalPlan {
    const plan = this.plans.get(key);
    if (plan === undefined) throw new Error(key);
    return plan;
  }

  /** The run, begun anew from the ledger when it has closed. */
  open(key: string): IntervalRun {
    const open = this.runs.get(key);
    if (open?.open === true) return open;
    const plan = this.plan(key);
    const stored = plan.instances.flatMap(({ id }) => this.rows.get(id) ?? []);
    const run = new IntervalRun(plan, pipeline, stored);
    this.runs.set(key, run);
    this.#take(key, run, run.start(new Date(this.#now), ++this.#position));
    return run;
  }

  tell(key: string, event: RunEvent): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    this.#take(key, run, run.on(event, new Date((this.#now += 1_000)), ++this.#position));
  }

  #take(key: string, run: IntervalRun, actions: readonly RunAction[]): void {
    const { instances, told } = run.takeChanges();
    for (const { waitingOn: _waitingOn, ...changed } of instances) {
      const row = this.rows.get(changed.id);
      if (row === undefined) throw new Error(`${changed.id} was not made`);
      this.rows.set(changed.id, { ...row, ...changed });
      if (!isTerminal(changed.status) && !told.includes(changed.id)) continue;
      for (const [waiting, ids] of this.waits) {
        if (ids.has(changed.id)) this.#later(waiting, changed.id);
      }
    }
    for (const action of actions) {
      switch (action.kind) {
        case 'startAttempt':
          this.#inFlight(key, action.instanceId);
          this.pending.push({ what: 'attempt', run: key, ...action });
          break;
        case 'cancelAttempt':
          this.canceling.add(action.instanceId);
          break;
        case 'forgetAttempt':
          this.pending = this.pending.filter(
            (each) => each.what !== 'attempt' || each.instanceId !== action.instanceId,
          );
          break;
        case 'tellAt':
          this.pending.push({ what: 'timer', run: key, event: action.event });
          break;
        case 'awaitElsewhere':
          for (const { instanceId } of action.watched) this.#watch(key, instanceId);
          break;
        case 'wantResource':
        case 'rerunElsewhere':
          this.pending.push({ what: 'ask', run: key, action });
          break;
      }
    }
  }

  #inFlight(key: string, id: string): void {
    if (this.pending.some((each) => each.what === 'attempt' && each.instanceId === id))
      throw new Error(`${id} works twice in ${key}`);
  }

  #watch(key: string, id: string): void {
    const ids = this.waits.get(key) ?? new Set();
    this.waits.set(key, ids.add(id));
    if (this.rows.has(id) || this.unmade.length === 0) this.#later(key, id);
  }

  #later(run: string, id: string): void {
    this.pending.push({ what: 'event', run, event: { kind: 'changedElsewhere', ...this.seen(id) } });
  }

  seen(id: string): Elsewhere {
    const row = this.rows.get(id);
    if (row === undefined) return { instanceId: id, status: 'SKIPPED', seq: -1, attempt: 0 };
    const { status, seq, attemptCount: attempt, cancellationReason } = row;
    return { instanceId: id, status, seq, attempt, ...(cancellationReason && { cancellationReason }) };
  }

  /** Does the pending thing at `place`; `choice` decides what comes of it. */
  step(place: number, choice: number): void {
    const [next] = this.pending.splice(place % this.pending.length, 1);
    if (next === undefined) return;
    const { what, run: key, event, instanceId, attempt = 0, action } = next;
    if (event !== undefined) {
      // Twice, at times.
      if (what === 'event' && choice % 5 === 1) this.pending.push(next);
      return this.tell(key, event);
    }
    if (what === 'attempt' && instanceId !== undefined)
      return this.#goOn(next, { instanceId, attempt }, choice);
    if (action?.kind === 'wantResource') {
      const { resourceId, userIds, rerun, run } = action;
      const row = this.rows.get(resourceId);
      if (row !== undefined && isTerminal(row.status)) {
        this.open(keyOf(run));
        this.tell(keyOf(run), { kind: 'resourceWanted', resourceId, userIds, rerun });
      }
      this.tell(key, { kind: 'changedElsewhere', ...this.seen(resourceId), answer: true });
    }
    if (action?.kind === 'rerunElsewhere') {
      for (const user of action.users) {
        const row = this.rows.get(user.instanceId);
        if (row !== undefined && STATUS[row.status].cascades) this.command('RERUN', user.instanceId);
      }
    }
  }

  #goOn(next: Pending, at: { readonly instanceId: string; readonly attempt: number }, choice: number): void {
    const { instanceId, attempt } = at;
    const end = (kind: 'finished' | 'failed' | 'canceled', errorId = 'Failed'): void => {
      this.canceling.delete(instanceId);
      this.tell(next.run, {
        kind: 'attemptEnded',
        ...at,
        outcome:
          kind === 'finished'
            ? { kind, result: { startedAt: FROM.toISOString(), hostname: 'h' } }
            : kind === 'failed'
              ? { kind, failure: { errorId, errorMessage: 'failed' } }
              : { kind },
      });
    };
    if (this.canceling.has(instanceId)) return end('canceled');
    const isMachine = instanceId.startsWith('@Machine');
    if (choice % 4 === 3) return end('failed', choice % 8 === 7 ? 'RunnerLost' : 'Failed');
    if (!isMachine) return end('finished');
    this.pending.push(next); // it stays up until it is told to go
    this.tell(next.run, {
      kind: 'resourceReady',
      instanceId,
      attempt,
      readyAt: FROM.toISOString(),
      resourceId: 'i',
    });
  }

  command(command: 'RERUN' | 'CANCEL', id: string): void {
    const key = [...this.plans].find(([, plan]) => plan.instances.some((each) => each.id === id))?.[0] ?? '';
    this.open(key);
    this.tell(key, { kind: 'operator', command, instanceIds: [id] });
  }
}

const isoOf = (instant: Date): string => instant.toISOString().replace('.000Z', 'Z');
const keyOf = ({ scheduleId, intervalStart }: RunPlace): string => `${scheduleId}/${intervalStart}`;

it('plans who shares a resource, on both sides', () => {
  const world = new World();
  const machine = world.plan('Daily/2026-01-02T00:00:00Z').instances.find(({ kind }) => kind === 'resource');
  expect(machine?.usersElsewhere?.map(({ instanceId }) => instanceId).toSorted()).toEqual([
    '@One_2026-01-02T00:00:00',
    '@One_2026-01-02T08:00:00',
    '@Two_2026-01-02T00:00:00',
    '@Two_2026-01-02T08:00:00',
  ]);
  const [one] = world.plan('Thirds/2026-01-02T08:00:00Z').instances;
  expect(one).toMatchObject({
    resourceInstanceId: '@Machine_2026-01-02T00:00:00',
    resourceElsewhere: { scheduleId: 'Daily', intervalStart: '2026-01-02T00:00:00Z' },
  });
});

it.each([
  ['CANCELED when that is cancelled', 'CANCEL', 'CANCELED'],
  ['FAILED when nothing is heard of that', undefined, 'FAILED'],
] as const)('what is lost in its last try with a machine of another run is %s', (_title, command, status) => {
  const [machine, one] = ['@Machine_2026-01-02T00:00:00', '@One_2026-01-02T08:00:00'];
  const world = new World();
  world.make('Daily/2026-01-02T00:00:00Z');
  world.make('Thirds/2026-01-02T08:00:00Z');
  const place = (found: (each: Pending) => boolean): number => world.pending.findIndex(found);
  const ofOne = ({ what, instanceId }: Pending): boolean => what === 'attempt' && instanceId === one;
  const timer = ({ what }: Pending): boolean => what === 'timer';
  /** All but that attempt and timers; a machine that is up stays so. */
  const play = (): void => {
    const isNext = (each: Pending): boolean =>
      !ofOne(each) &&
      !timer(each) &&
      !(
        each.instanceId === machine &&
        world.rows.get(machine)?.status === 'RUNNING' &&
        !world.canceling.has(machine)
      );
    for (let next = place(isNext); next >= 0; next = place(isNext)) world.step(next, 0);
  };
  play();
  const loseWorker = (): void => world.step(place(ofOne), 7);
  loseWorker();
  world.step(place(timer), 0); // tried again
  play();
  loseWorker();
  expect(world.rows.get(one)).toMatchObject({ status: 'WAITING_FOR_RUNNER', triesLeft: 0 });
  if (command !== undefined) world.command(command, machine);
  play();
  while (place(timer) >= 0) world.step(place(timer), 0);
  play();
  expect(world.rows.get(one)?.status).toBe(status);
});

it('every instance ends, and every resource goes, whatever happens in whatever order', () => {
  const moves = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 20, maxLength: 250 });
  fc.assert(
    fc.property(moves, (list) => {
      const world = new World();
      for (const [kind, place, choice] of list) {
        const ids = [...world.rows.keys()];
        const id = ids[place % Math.max(1, ids.length)];
        if (kind % 8 === 0 && world.unmade.length > 0) {
          world.make(world.unmade.splice(place % world.unmade.length, 1)[0] ?? '');
        } else if (kind % 16 === 1 && id !== undefined) {
          world.command(choice % 2 === 0 ? 'RERUN' : 'CANCEL', id);
        } else if (world.pending.length > 0) {
          world.step(place, choice);
        }
      }
      // Then fair weather: nothing fails any more, and everything is told.
      for (const key of world.unmade.splice(0)) world.make(key);
      const isOver = (): boolean => [...world.rows.values()].every(({ status }) => isTerminal(status));
      for (let left = 3_000; world.pending.length > 0 && !(isOver() && left < 2_000); left--) {
        if (left === 0) break;
        world.step(left, 0);
      }
      const open = [...world.rows.values()].filter(({ status }) => !isTerminal(status));
      expect(open.map(({ id, status }) => `${id} ${status}`)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
