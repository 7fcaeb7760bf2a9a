import {
  ActivityCancellationType,
  getExternalWorkflowHandle,
  proxyActivities,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { LaneActivities } from '../activities/bookkeeping/lane.activities.js';
import type { AttemptFailure, RunEvent } from '../model/instance/events.js';
import {
  attemptKey,
  LANE_SIGNAL,
  laneId,
  LANES_MEMO,
  type LaneAttempt,
  type LaneMessage,
  type LaneReport,
  type LanesHandOver,
  type RunAttemptsInput,
} from './contract.js';
import { BURST, MESSAGE_CHARACTERS, REPORTS_UNDER_WAY } from './run-bounds.js';

// Asked again by the server for as long as the lanes are there: no history grows.
const patient = proxyActivities<LaneActivities>({
  startToCloseTimeout: '1m',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
});

type AttemptId = Pick<LaneAttempt, 'instanceId' | 'attempt'>;

interface Lane {
  number: number;
  given: number;
  full: boolean;
  /** Its newest report, and the newest that it knows to have arrived. */
  reported: number;
  acked: number;
  /** Attempts that have not ended, by their key. */
  readonly inFlight: Map<string, AttemptId>;
  /** What it is to be told next. */
  readonly attempts: LaneAttempt[];
  readonly cancel: string[];
  close: boolean;
  sending: Promise<void> | undefined;
}

export interface LanesOfRun {
  /** Its workflow id. */
  readonly runId: string;
  readonly attemptsPerLane: number;
  /** Whether a lane takes more than what it begins with. */
  readonly shared: () => boolean;
  /** Whether nothing new may begin, as the run wants to continue as new. */
  readonly held: () => boolean;
  /** What is to be done. @throws what is an outcome of the attempt. */
  readonly build: (id: AttemptId) => LaneAttempt;
  /** Ends an attempt that no lane carries. */
  readonly failed: (id: AttemptId, error: unknown) => void;
  readonly canceled: (id: AttemptId) => void;
  readonly tell: (event: RunEvent) => void;
}

/**
 * The lanes of one run (docs/decisions/011): gives them attempts, hears what became of those, notices lanes that are gone. A lane
 * is told one thing at a time, in order; what comes up meanwhile goes together.
 */
export class Lanes {
  readonly #lanes = new Map<number, Lane>();
  /** Attempts that wait for a lane. */
  readonly #queue: AttemptId[] = [];
  #giving = false;
  #next: number;

  constructor(
    readonly run: LanesOfRun,
    handOver: LanesHandOver = { next: 1, open: [] },
  ) {
    this.#next = handOver.next;
    for (const { lane: number, given, full, reported, inFlight } of handOver.open) {
      const ids = inFlight.map((key): [string, AttemptId] => [key, idOf(key)]);
      this.#lanes.set(number, { ...newLane(number), given, full, reported, inFlight: new Map(ids) });
    }
  }

  get areOpen(): boolean {
    return this.#lanes.size > 0;
  }

  /** Nothing is on its way to a lane. */
  get areSettled(): boolean {
    if (this.#giving) return false;
    for (const { sending } of this.#lanes.values()) if (sending !== undefined) return false;
    return true;
  }

  handOver(): LanesHandOver {
    const open = [...this.#lanes.values()].map(({ number, given, full, reported, inFlight }) => ({
      lane: number,
      given,
      full,
      reported,
      inFlight: [...inFlight.keys()],
    }));
    return { next: this.#next, open };
  }

  /** Goes on with the lanes of the history before: those under way, and what had not come to a lane. */
  resume(working: readonly (AttemptId & { readonly stops: boolean })[]): void {
    for (const id of working) {
      const key = attemptKey(id);
      const lane = this.#laneOf(key);
      if (lane === undefined) this.add(id);
      else if (id.stops) lane.cancel.push(key);
    }
    // They may report again; one that is gone does not take the message.
    for (const lane of this.#lanes.values()) void this.#send(lane, true);
    if (this.areOpen) void this.#watch();
  }

  add(id: AttemptId): void {
    this.#queue.push(id);
    void this.#give();
  }

  /** False when no lane has the attempt, nor will. */
  cancel(id: AttemptId): boolean {
    const key = attemptKey(id);
    const waiting = this.#queue.findIndex(
      ({ instanceId, attempt }) => instanceId === id.instanceId && attempt === id.attempt,
    );
    if (waiting >= 0) {
      this.#queue.splice(waiting, 1);
      void Promise.resolve().then(() => this.run.canceled(id));
      return true;
    }
    const lane = this.#laneOf(key);
    lane?.cancel.push(key);
    if (lane !== undefined) void this.#send(lane);
    return lane !== undefined;
  }

  report({ lane: number, number: report, news }: LaneReport): void {
    const lane = this.#lanes.get(number);
    // What a worker reported and died with is reported again, with what came since, by the same number: all of it counts.
    if (lane !== undefined) lane.reported = Math.max(lane.reported, report);
    for (const each of news) {
      if (each.kind === 'attemptEnded') lane?.inFlight.delete(attemptKey(each));
      this.run.tell(each);
    }
    if (lane === undefined) return;
    if (lane.full && lane.inFlight.size === 0 && lane.sending === undefined) this.#lanes.delete(number);
    else void this.#acknowledge(lane);
  }

  /** Ends the lanes that are left: nobody needs them any more. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#lanes.values()].map(async (lane) => {
        lane.close = true;
        await this.#send(lane);
        this.#lanes.delete(lane.number);
      }),
    );
  }

  /** By what else there is to say, if that comes at once. */
  async #acknowledge(lane: Lane): Promise<void> {
    for (let turns = 0; turns < 3; turns++) await Promise.resolve();
    if (this.run.held() || lane.reported - lane.acked < REPORTS_UNDER_WAY / 2) return;
    await this.#send(lane, true);
  }

  async #give(): Promise<void> {
    if (this.#giving) return;
    this.#giving = true;
    await Promise.resolve(); // what one step begins goes together
    while (this.#queue.length > 0 && !this.run.held()) {
      const lane = [...this.#lanes.values()].find(({ full }) => !full);
      const room = this.run.attemptsPerLane - (lane?.given ?? 0);
      const attempts = this.#take(Math.min(room, BURST));
      if (attempts.length === 0) continue;
      if (lane === undefined) await this.#open(attempts);
      else {
        lane.attempts.push(...attempts);
        this.#given(lane, attempts);
        await this.#send(lane);
      }
    }
    this.#giving = false;
  }

  /** The next attempts of the queue, as many as one message may hold. */
  #take(most: number): LaneAttempt[] {
    const attempts: LaneAttempt[] = [];
    for (let characters = 0; attempts.length < most && characters < MESSAGE_CHARACTERS;) {
      const id = this.#queue.shift();
      if (id === undefined) break;
      try {
        const attempt = this.run.build(id);
        attempts.push(attempt);
        characters += JSON.stringify(attempt).length;
      } catch (error) {
        void Promise.resolve().then(() => this.run.failed(id, error));
      }
    }
    return attempts;
  }

  #given(lane: Lane, attempts: readonly LaneAttempt[]): void {
    lane.given += attempts.length;
    lane.full ||= lane.given >= this.run.attemptsPerLane;
    for (const { instanceId, attempt } of attempts)
      lane.inFlight.set(attemptKey({ instanceId, attempt }), { instanceId, attempt });
  }

  async #open(attempts: readonly LaneAttempt[]): Promise<void> {
    const lane = newLane(this.#next);
    this.#given(lane, attempts);
    lane.full ||= !this.run.shared();
    lane.sending = this.#start(lane, attempts);
    await lane.sending;
    lane.sending = undefined;
    await this.#send(lane);
  }

  async #start(lane: Lane, attempts: readonly LaneAttempt[]): Promise<void> {
    const { runId } = this.run;
    const { firstExecutionRunId: chain } = workflowInfo();
    const first: LaneMessage = { attempts, cancel: [], acked: 0, last: lane.full, close: false };
    for (;;) {
      lane.number = this.#next++;
      this.#lanes.set(lane.number, lane);
      try {
        const input: RunAttemptsInput = { runId, chain, lane: lane.number, first };
        const starting = startChild<(input: RunAttemptsInput) => Promise<void>>('runAttempts', {
          workflowId: laneId(runId, lane.number),
          // A run that continues as new closes, and its lanes must not.
          parentClosePolicy: 'ABANDON',
          args: [input],
        });
        upsertMemo({ [LANES_MEMO]: [...this.#lanes.keys()] });
        const gone = (): void => this.#gone(lane);
        void (await starting).result().then(gone, gone);
        return;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        this.#lanes.delete(lane.number); // of a run that was ended by force, and does not know of it yet
      }
    }
  }

  /** Tells the lane what there is to tell; `ack`: even if that is only what has arrived of it. */
  async #send(lane: Lane, ack = false): Promise<void> {
    while (lane.sending !== undefined) await lane.sending;
    if (!ack && lane.attempts.length + lane.cancel.length === 0 && !lane.close) return;
    lane.sending = this.#sendAll(lane);
    await lane.sending;
    lane.sending = undefined;
  }

  async #sendAll(lane: Lane): Promise<void> {
    const handle = getExternalWorkflowHandle(laneId(this.run.runId, lane.number));
    do {
      await Promise.resolve(); // what one step cancels goes together
      lane.acked = lane.reported;
      const message: LaneMessage = {
        attempts: lane.attempts.splice(0),
        cancel: lane.cancel.splice(0),
        acked: lane.acked,
        last: lane.full,
        close: lane.close,
      };
      try {
        await handle.signal<[LaneMessage]>(LANE_SIGNAL, message);
      } catch {
        return this.#gone(lane); // there is no such workflow any more
      }
    } while (lane.attempts.length + lane.cancel.length > 0);
  }

  /** The lane has ended. What it still had is lost: it reports before it ends by itself. */
  #gone(lane: Lane): void {
    this.#lanes.delete(lane.number);
    const lost = [...lane.inFlight.values()];
    lane.inFlight.clear();
    for (const id of lost)
      this.run.tell({ kind: 'attemptEnded', ...id, outcome: { kind: 'failed', failure: LANE_GONE } });
  }

  /** Lanes of an earlier history say nothing when they end. */
  async #watch(): Promise<void> {
    const { runId } = this.run;
    const watched = new Map([...this.#lanes.values()].map((lane) => [laneId(runId, lane.number), lane]));
    while (watched.size > 0) {
      for (const id of await patient.untilLanesEnd({ laneIds: [...watched.keys()] })) {
        const lane = watched.get(id);
        watched.delete(id);
        if (lane !== undefined) this.#gone(lane);
      }
    }
  }

  #laneOf(key: string): Lane | undefined {
    for (const lane of this.#lanes.values()) if (lane.inFlight.has(key)) return lane;
    return undefined;
  }
}

const LANE_GONE: AttemptFailure = {
  errorId: 'RunnerLost',
  errorMessage: 'The workflow that carried the attempt has ended',
};

function newLane(number: number): Lane {
  return {
    number,
    given: 0,
    full: false,
    reported: 0,
    acked: 0,
    inFlight: new Map(),
    attempts: [],
    cancel: [],
    close: false,
    sending: undefined,
  };
}

function idOf(key: string): AttemptId {
  const at = key.lastIndexOf('#');
  return { instanceId: key.slice(0, at), attempt: Number(key.slice(at + 1)) };
}
