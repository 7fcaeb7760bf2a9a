import { ElsewhereBook } from './elsewhere.js';
import type { AttemptFailure } from './events.js';
import type { HandOver } from './hand-over.js';
import { isoTime } from './ids.js';
import {
  isPlanned,
  type AttemptRecord,
  type FiredAction,
  type InstanceRecord,
  type LiveInstance,
  type Phase,
} from './live-instance.js';
import type { IntervalPlan, PlannedInstance } from './plan.js';
import { STATUS, type Status } from './status.js';
import { isTerminal, mayBecome } from './transitions.js';

/** An instance as the ledger gives it back when a run begins. */
export interface StoredInstance extends InstanceRecord {
  readonly id: string;
  readonly componentId: string;
  readonly kind: string;
  readonly type: string;
  readonly nodeId?: string;
  readonly leaseGranted: boolean;
}

/** What changed since it was last taken: rows for the ledger. */
export interface Changes {
  readonly instances: readonly (InstanceRecord & {
    readonly id: string;
    readonly waitingOn: readonly string[];
  })[];
  readonly attempts: readonly AttemptRecord[];
  readonly created: readonly FiredAction[];
  /** Of `instances`, those whose status runs elsewhere wait to hear of before the end. */
  readonly told: readonly string[];
}

/** More than one workflow task can make. With histories of 51,200 events the numbers stay far below 2^53. */
const CHANGES_PER_POSITION = 1_000_000;

/** The memory of one interval run: its instances, who needs whom, and what the ledger has not been told yet. No rules. */
export class RunBook {
  now = new Date(0);
  readonly plan: IntervalPlan;
  readonly #live = new Map<string, LiveInstance>();
  readonly #dependants = new Map<string, string[]>();
  readonly #users = new Map<string, string[]>();
  readonly #preconditions = new Map<string, string[]>();
  readonly #instances = new Map<string, string>();
  /** Last known statuses of instances of other runs. */
  readonly #elsewhere = new Map<string, Status>();
  /** Of those, the ones that are SKIPPED by a condition when they are SKIPPED. */
  readonly #skippableElsewhere = new Set<string>();
  /** Resources that runs share. */
  readonly elsewhere = new ElsewhereBook();
  readonly #told = new Set<string>();
  readonly #dirtyInstances = new Set<string>();
  readonly #dirtyAttempts = new Set<AttemptRecord>();
  readonly #created: FiredAction[] = [];
  #open = 0;
  readonly #firstSeq: number;
  #seq: number;

  /** @param stored rows of the ledger; empty only where there is none. An instance of the plan that was not made then has no part. */
  constructor(plan: IntervalPlan, stored: readonly StoredInstance[]) {
    this.plan = plan;
    const storedById = new Map(stored.map((row) => [row.id, row]));
    const planned = plan.instances.filter((each) => stored.length === 0 || storedById.has(each.id));
    for (const each of planned) this.add(each, storedById.get(each.id));
    for (const row of stored) {
      if (row.kind !== 'action') continue;
      const componentId = row.nodeId ?? '';
      const node = { componentId, instanceId: this.#instances.get(componentId) ?? '' };
      this.add({ id: row.id, componentId: row.componentId, kind: 'action', type: row.type, node }, row);
    }
    this.#firstSeq = stored.reduce((most, row) => Math.max(most, row.seq), 0);
    this.#seq = this.#firstSeq;
    for (const each of planned) {
      for (const need of each.needs) {
        if (!need.elsewhere && !this.#live.has(need.instanceId)) continue;
        pushTo(this.#dependants, need.instanceId, each.id);
        if (need.skippable === true) this.#skippableElsewhere.add(need.instanceId);
      }
      this.beginWaiting(this.get(each.id));
      this.elsewhere.add(each);
      if (each.resourceInstanceId !== undefined) pushTo(this.#users, each.resourceInstanceId, each.id);
      if (each.node !== undefined) pushTo(this.#preconditions, each.node.instanceId, each.id);
    }
  }

  /**
   * Begins a step. `position` rises with the run's history: what a worker decided and died with is decided anew at a later
   * position, and must win in the ledger over what was written before the death.
   */
  begin(now: Date, position: number): void {
    this.now = now;
    this.#seq = Math.max(this.#seq, this.#firstSeq + position * CHANGES_PER_POSITION);
  }

  /** True while any instance is not terminal. */
  get open(): boolean {
    return this.#open > 0;
  }

  get all(): Iterable<LiveInstance> {
    return this.#live.values();
  }

  get hasChanges(): boolean {
    return this.#dirtyInstances.size > 0 || this.#dirtyAttempts.size > 0;
  }

  /** What the ledger has not been told yet; told to be so by this call. */
  takeChanges(): Changes {
    const instances = [...this.#dirtyInstances].map((id) => {
      const { record, unmet } = this.get(id);
      return { id, ...record, waitingOn: record.status === 'WAITING_ON_DEPENDENCIES' ? [...unmet] : [] };
    });
    const attempts = [...this.#dirtyAttempts].map((attempt) => ({ ...attempt }));
    const created = this.#created.splice(0);
    const told = [...this.#told];
    this.#told.clear();
    this.#dirtyInstances.clear();
    this.#dirtyAttempts.clear();
    return { instances, attempts, created, told };
  }

  add(plan: PlannedInstance | FiredAction, stored: StoredInstance | undefined): LiveInstance {
    const tries = isPlanned(plan) ? plan.settings.maximumRetries + 1 : 1;
    const record: InstanceRecord = stored === undefined ? newRecord(tries) : recordOf(stored);
    if (!isTerminal(record.status)) {
      record.status = 'WAITING_ON_DEPENDENCIES'; // a run that was cut off begins again where nothing is under way
      this.#open += 1;
    }
    const leased = stored?.leaseGranted ?? !(isPlanned(plan) && plan.leaseLimit !== undefined);
    const live: LiveInstance = {
      id: plan.id,
      plan,
      record,
      phase: 'idle',
      due: false,
      fresh: true,
      leased,
      unmet: new Set(),
      admitted: !isPlanned(plan) || plan.condition === undefined,
    };
    this.#live.set(plan.id, live);
    if (isPlanned(plan) && plan.node === undefined) this.#instances.set(plan.componentId, plan.id);
    return live;
  }

  /** Instances that are past waiting, as the history before this one left them. `stored`: the rows that the book was made of. */
  resume({ retries, queued, working }: HandOver, stored: readonly StoredInstance[]): void {
    const statuses = new Map(stored.map(({ id, status }) => [id, status]));
    const goOn = (instanceId: string, phase: Phase, fresh = false): LiveInstance | undefined => {
      const live = this.#live.get(instanceId);
      const status = statuses.get(instanceId);
      if (live === undefined || status === undefined || isTerminal(status)) return undefined;
      live.record.status = status;
      return Object.assign(live, { phase, fresh, admitted: true });
    };
    for (const { instanceId, atMs, fresh } of retries) {
      const live = goOn(instanceId, 'pausing', fresh);
      if (live !== undefined) live.retryAtMs = atMs;
    }
    for (const { instanceId, fresh } of queued) goOn(instanceId, 'queued', fresh);
    for (const { instanceId, fresh, actualStart, hostname, ...rest } of working) {
      const live = goOn(instanceId, 'working', fresh);
      if (live === undefined) continue;
      const { seq, status, attemptCount } = live.record;
      live.attempt = {
        instanceId,
        number: attemptCount,
        seq,
        status,
        ...(actualStart === undefined ? {} : { actualStart }),
        ...(hostname === undefined ? {} : { hostname }),
      };
      Object.assign(live, rest);
    }
  }

  become(live: LiveInstance, status: Status): void {
    const { record } = live;
    if (!mayBecome(record.status, status)) {
      throw new Error(`Instance ${live.id} cannot become ${status} from ${record.status}`);
    }
    const begins = isTerminal(record.status) && !isTerminal(status);
    if (isTerminal(record.status) !== isTerminal(status)) this.#open += isTerminal(status) ? -1 : 1;
    record.status = status;
    if (live.attempt !== undefined && live.phase === 'working' && live.attempt.status !== status) {
      live.attempt.status = status;
      this.touchAttempt(live.attempt);
    }
    this.touch(live);
    const { plan } = live;
    if (!isPlanned(plan)) return;
    if (plan.usersElsewhere !== undefined || (begins && plan.resourceElsewhere !== undefined))
      this.#told.add(live.id);
  }

  /** Has the run of its resource told of its status. */
  tell(live: LiveInstance): void {
    this.touch(live);
    this.#told.add(live.id);
  }

  /** Instances that wait already have `@actualStartTime` at AWS, and list-runs shows only those (semantics.md 8.2). */
  markDue(live: LiveInstance): void {
    live.record.actualStart ??= isoMillis(this.now);
    this.touch(live);
  }

  began(live: LiveInstance, startedAt: string, hostname?: string): void {
    const { record, attempt } = live;
    if (attempt === undefined) return;
    if (live.fresh) record.actualStart = startedAt;
    live.fresh = false;
    attempt.actualStart ??= startedAt;
    if (hostname !== undefined) record.hostname = attempt.hostname = hostname;
    this.touchAttempt(attempt);
    this.touch(live);
  }

  failed(live: LiveInstance, failure: AttemptFailure): void {
    const { record, attempt } = live;
    for (const target of attempt === undefined ? [record] : [record, attempt]) {
      target.errorId = failure.errorId;
      target.errorMessage = failure.errorMessage;
      if (failure.errorStackTrace === undefined) delete target.errorStackTrace;
      else target.errorStackTrace = failure.errorStackTrace;
    }
    this.located(live, failure.logLocation);
    this.touch(live);
  }

  located(live: LiveInstance, logLocation: string | undefined): void {
    if (logLocation === undefined) return;
    live.record.logLocation = logLocation;
    if (live.attempt !== undefined) live.attempt.logLocation = logLocation;
  }

  closeAttempt(live: LiveInstance, status: 'FINISHED' | 'FAILED' | 'CANCELED'): void {
    if (live.attempt === undefined) return;
    live.attempt.status = status;
    live.attempt.actualEnd = isoMillis(this.now);
    this.touchAttempt(live.attempt);
    live.phase = 'idle';
    delete live.attempt;
    delete live.failsAs;
  }

  touch(live: LiveInstance): void {
    live.record.seq = ++this.#seq;
    this.#dirtyInstances.add(live.id);
  }

  touchAttempt(attempt: AttemptRecord): void {
    attempt.seq = ++this.#seq;
    this.#dirtyAttempts.add(attempt);
  }

  working(id: string, attempt: number): LiveInstance | undefined {
    const live = this.#live.get(id);
    return live?.phase === 'working' && live.attempt?.number === attempt ? live : undefined;
  }

  statusOf(id: string): Status | undefined {
    return this.#live.get(id)?.record.status ?? this.#elsewhere.get(id);
  }

  /** Fills in what it waits for, and has its condition decided anew. */
  beginWaiting(live: LiveInstance): void {
    const { plan } = live;
    live.unmet.clear();
    if (!isPlanned(plan)) return;
    live.admitted = plan.condition === undefined;
    for (const { instanceId, elsewhere } of plan.needs) {
      if (!elsewhere && !this.#live.has(instanceId)) continue; // was not made, so has no part
      const status = this.statusOf(instanceId);
      if (status === undefined || !this.meets(live, instanceId, status)) live.unmet.add(instanceId);
    }
  }

  /** Whether `live` can do with its need `id` being `status`. */
  meets(live: LiveInstance, id: string, status: Status): boolean {
    if (STATUS[status].satisfies) return true;
    const asks = isPlanned(live.plan) && live.plan.condition !== undefined && !this.#isPrecondition(id);
    return asks && STATUS[status].terminal;
  }

  /** Whether everything that its condition asks about is over. */
  mayDecide(live: LiveInstance): boolean {
    for (const id of live.unmet) if (!this.#isPrecondition(id)) return false;
    return true;
  }

  /**
   * True when a condition has left it out. What startTimestamp passed over is SKIPPED too, but was not left out: nothing follows
   * from it. Of this run that is known: a run writes when an instance ended. Of others our choice is that whatever a
   * condition may skip was skipped by one.
   */
  wasLeftOut(id: string): boolean {
    if (this.statusOf(id) !== 'SKIPPED') return false;
    const live = this.#live.get(id);
    return live === undefined ? this.#skippableElsewhere.has(id) : live.record.actualEnd !== undefined;
  }

  #isPrecondition(id: string): boolean {
    return this.#live.get(id)?.plan.kind === 'precondition';
  }

  /** Instances that work on a resource instance. */
  usersOf(resourceId: string): LiveInstance[] {
    return (this.#users.get(resourceId) ?? []).map((id) => this.get(id));
  }

  /** Instances that need the instance, be it of this run or not. */
  dependantsOf(id: string): LiveInstance[] {
    return (this.#dependants.get(id) ?? []).map((dependant) => this.get(dependant));
  }

  preconditionsOf(id: string): LiveInstance[] {
    return (this.#preconditions.get(id) ?? []).map((precondition) => this.get(precondition));
  }

  resources(): LiveInstance[] {
    return [...this.#live.values()].filter((live) => live.plan.kind === 'resource');
  }

  endedElsewhere(id: string, status: Status): void {
    this.#elsewhere.set(id, status);
  }

  /** What was known of instances of other runs does not count any more. */
  forgetElsewhere(ids: readonly string[]): void {
    for (const id of ids) this.#elsewhere.delete(id);
  }

  /** Registers an action that fires for the first time. */
  addAction(action: FiredAction): LiveInstance {
    this.#created.push(action);
    return this.add(action, undefined);
  }

  /** The instance that a component has in this interval. */
  ofComponent(componentId: string): LiveInstance | undefined {
    const id = this.#instances.get(componentId);
    return id === undefined ? undefined : this.#live.get(id);
  }

  find(id: string): LiveInstance | undefined {
    return this.#live.get(id);
  }

  /** @throws when the run has no such instance. */
  get(id: string): LiveInstance {
    const live = this.#live.get(id);
    if (live === undefined) {
      throw new Error(
        `The run of ${this.plan.scheduleId} at ${isoTime(this.plan.interval.start)} has no instance ${id}`,
      );
    }
    return live;
  }
}

function newRecord(triesLeft: number): InstanceRecord {
  return { seq: 0, status: 'WAITING_ON_DEPENDENCIES', attemptCount: 0, triesLeft, cascadeFailedOn: [] };
}

/** What changes of an instance, alone. */
export function recordOf(stored: InstanceRecord): InstanceRecord {
  const record: InstanceRecord = {
    seq: stored.seq,
    status: stored.status,
    attemptCount: stored.attemptCount,
    triesLeft: stored.triesLeft,
    cascadeFailedOn: stored.cascadeFailedOn,
  };
  for (const key of OPTIONAL) if (stored[key] !== undefined) record[key] = stored[key];
  return record;
}

const OPTIONAL = [
  'actualStart',
  'actualEnd',
  'cancellationReason',
  'errorId',
  'errorMessage',
  'errorStackTrace',
  'hostname',
  'logLocation',
  'resourceId',
] as const satisfies readonly (keyof InstanceRecord)[];

/** Removes what a former attempt reported. */
export function clearError(record: InstanceRecord): void {
  delete record.errorId;
  delete record.errorMessage;
  delete record.errorStackTrace;
}

/** ISO-8601 with milliseconds, UTC. */
export function isoMillis(instant: Date): string {
  return instant.toISOString();
}

function pushTo<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
