import { nextOpen } from '../schedule/open-hours.js';
import { ActionRules } from './action-rules.js';
import type { CompiledPipeline } from './compile.js';
import { holds } from './conditions.js';
import {
  DEACTIVATED,
  type AttemptFailure,
  type AttemptOutcome,
  type OperatorCommand,
  type RunAction,
  type RunEvent,
  type WatchedInstance,
} from './events.js';
import { workingInstance, type HandOver, type WorkingInstance } from './hand-over.js';
import { isPlanned, type AttemptRecord, type LiveInstance } from './live-instance.js';
import type { IntervalPlan, PlannedInstance } from './plan.js';
import { clearError, isoMillis, RunBook, type Changes, type StoredInstance } from './run-book.js';
import { instancesToRerun } from './rerun.js';
import { isUnjudged, ResourceRules } from './resource-rules.js';
import { STATUS, type Status } from './status.js';
import { isTerminal } from './transitions.js';

export { DEACTIVATED };

/**
 * The rules of one interval run: a pure machine. It is told events, answers with what is to be done, and keeps what the
 * ledger has to know. No clock, no I/O: `now` comes with each event, and `position`, which rises with the run's history.
 * Source: semantics.md 6 to 9.
 */
export class IntervalRun {
  readonly #book: RunBook;
  readonly #resources: ResourceRules;
  readonly #firing: ActionRules;
  /** Ids of the components that an operator has paused. */
  #paused: ReadonlySet<string>;
  /** Instances that ended and whose consequences were not drawn yet: a list, for a chain may be long. */
  readonly #ended: LiveInstance[] = [];
  #actions: RunAction[] = [];
  readonly #handedOver: HandOver | undefined;

  constructor(
    plan: IntervalPlan,
    pipeline: CompiledPipeline,
    stored: readonly StoredInstance[],
    paused: readonly string[] = [],
    handedOver?: HandOver,
  ) {
    this.#book = new RunBook(plan, stored);
    this.#paused = new Set(paused);
    this.#handedOver = handedOver;
    this.#resources = new ResourceRules(
      this.#book,
      {
        act: (action) => void this.#actions.push(action),
        startAttempt: (live) => this.#startAttempt(live),
        startIfItMay: (live) => {
          if (this.#mayBegin(live)) this.#startAttempt(live);
        },
        pause: (live, planned, delayMs) => this.#pause(live, planned, delayMs),
        reset: (live) => this.#reset(live),
        end: (live, status, reason) => this.#end(live, status, reason),
        rerun: (asked) => this.#rerun(asked),
      },
      handedOver?.closing ?? false,
    );
    if (handedOver !== undefined) this.#book.resume(handedOver, stored);
    this.#firing = new ActionRules(this.#book, pipeline, {
      act: (action) => void this.#actions.push(action),
      startAttempt: (live) => this.#startAttempt(live),
      cancel: (live, reason) => this.#stop(live, 'CANCELED', reason),
    });
  }

  /** True while any instance is not terminal. */
  get open(): boolean {
    return this.#book.open;
  }

  /** What a run that goes on in another history must be given, beside what the ledger was told. */
  handOver(): HandOver {
    const retries: HandOver['retries'][number][] = [];
    const queued: HandOver['queued'][number][] = [];
    const working: WorkingInstance[] = [];
    for (const live of this.#book.all) {
      const named = { instanceId: live.id, ...(live.fresh ? { fresh: true as const } : {}) };
      const under = workingInstance(live);
      if (under !== undefined) working.push(under);
      else if (live.phase === 'queued') queued.push(named);
      else if (live.phase === 'pausing' && live.retryAtMs !== undefined)
        retries.push({ ...named, atMs: live.retryAtMs });
    }
    return { retries, queued, working, late: this.#firing.watched, closing: this.#resources.closing };
  }

  /** The instance of that id, if the run has it. */
  find(id: string): LiveInstance | undefined {
    return this.#book.find(id);
  }

  /** The instance that a component has in this interval. */
  ofComponent(componentId: string): LiveInstance | undefined {
    return this.#book.ofComponent(componentId);
  }

  get hasChanges(): boolean {
    return this.#book.hasChanges;
  }

  /** What the ledger has not been told yet; told to be so by this call. */
  takeChanges(): Changes {
    return this.#book.takeChanges();
  }

  /** Begins: what is due goes on, the rest is to be told later. */
  start(now: Date, position = 0): RunAction[] {
    return this.#step(now, position, () => {
      const dueTimes = new Set<number>();
      const late = this.#handedOver && new Set(this.#handedOver.late);
      const elsewhere = new Set<string>();
      const watched = new Map<string, WatchedInstance>();
      for (const live of this.#book.all) {
        const { plan } = live;
        if (isTerminal(live.record.status) || !isPlanned(plan)) continue;
        if (plan.dueAt > now) dueTimes.add(plan.dueAt.getTime());
        for (const need of plan.needs) if (need.elsewhere) elsewhere.add(need.instanceId);
        for (const each of this.#resources.watchedFor(live)) watched.set(each.instanceId, each);
        if (late?.has(live.id) !== false) this.#firing.watch(live, plan);
        if (live.phase === 'working') this.#limit(live, plan);
        if (live.phase !== 'pausing' || live.retryAtMs === undefined) continue;
        const event = {
          kind: 'retryDue',
          instanceId: live.id,
          attempt: live.record.attemptCount,
        } as const;
        this.#actions.push({ kind: 'tellAt', at: new Date(live.retryAtMs), event });
      }
      for (const at of [...dueTimes].sort((a, b) => a - b)) {
        this.#actions.push({ kind: 'tellAt', at: new Date(at), event: { kind: 'due' } });
      }
      if (elsewhere.size + watched.size > 0) {
        const instanceIds = [...elsewhere];
        this.#actions.push({ kind: 'awaitElsewhere', instanceIds, watched: [...watched.values()] });
      }
      for (const live of this.#book.all) {
        if (live.phase !== 'queued' || !isPlanned(live.plan)) continue;
        const { resourceInstanceId } = live.plan;
        if (resourceInstanceId !== undefined) this.#resources.opens(live, resourceInstanceId);
      }
      this.#becomeDue();
    });
  }

  /** Takes one event in. What no longer means anything (a late answer, a timer of an attempt that ended) changes nothing. */
  on(event: RunEvent, now: Date, position = 0): RunAction[] {
    return this.#step(now, position, () => {
      switch (event.kind) {
        case 'due':
          return this.#becomeDue();
        case 'leaseGranted':
          return this.#leaseGranted(event.instanceId);
        case 'endedElsewhere':
          return this.#endedElsewhere(event.instanceId, event.status);
        case 'changedElsewhere':
          if (isTerminal(event.status)) this.#endedElsewhere(event.instanceId, event.status);
          return this.#resources.changedElsewhere(event);
        case 'resourceWanted':
          return this.#resources.wanted(event);
        case 'attemptStarted':
          return this.#attemptStarted(event.instanceId, event.attempt, event.startedAt, event.hostname);
        case 'attemptEnded':
          return this.#attemptEnded(event.instanceId, event.attempt, event.outcome);
        case 'resourceReady':
          return this.#resources.ready(event);
        case 'retryDue':
          return this.#retryDue(event.instanceId, event.attempt);
        case 'opens':
          return this.#opens(event.instanceId, event.attempt);
        case 'initOver':
          return this.#resources.initOver(event.instanceId, event.attempt);
        case 'lifetimeOver':
          return this.#resources.lifetimeOver(event.instanceId, event.attempt);
        case 'late':
          return this.#firing.late(this.#book.find(event.instanceId));
        case 'paused':
          return this.#pausedAre(event.componentIds);
        case 'operator':
          return this.#operator(event.command, event.instanceIds);
        case 'deactivated':
          return this.#deactivated(event.cancelActive);
      }
    });
  }

  // ---- events -----------------------------------------------------------------------------------------------------

  #becomeDue(): void {
    for (const live of this.#book.all) {
      if (
        live.due ||
        isTerminal(live.record.status) ||
        !isPlanned(live.plan) ||
        live.plan.dueAt > this.#book.now
      )
        continue;
      live.due = true;
      this.#book.markDue(live);
    }
    for (const live of this.#book.all) this.#advance(live);
    this.#resources.checkAll();
  }

  #leaseGranted(id: string): void {
    const live = this.#book.find(id);
    if (live === undefined || live.leased) return;
    live.leased = true;
    if (live.plan.kind !== 'resource') return this.#advance(live);
    this.#resources.launchIfNeeded(live);
  }

  #endedElsewhere(id: string, status: Status): void {
    this.#book.endedElsewhere(id, status);
    for (const dependant of this.#book.dependantsOf(id)) this.#needEnded(dependant, id, status, []);
  }

  #attemptStarted(id: string, attempt: number, startedAt: string, hostname: string): void {
    const live = this.#book.working(id, attempt);
    if (live?.attempt === undefined) return;
    this.#book.began(live, startedAt, hostname);
    if (live.endAs === undefined) this.#book.become(live, 'RUNNING');
  }

  #attemptEnded(id: string, attempt: number, outcome: AttemptOutcome): void {
    const live = this.#book.working(id, attempt);
    if (live?.attempt === undefined) return;
    if (outcome.kind === 'finished')
      this.#book.began(live, outcome.result.startedAt, outcome.result.hostname);
    if (outcome.kind === 'failed' && outcome.failure.startedAt !== undefined) {
      this.#book.began(live, outcome.failure.startedAt, outcome.failure.hostname);
    }
    const runsAgain = live.endAs?.rerun === true;
    if (isPlanned(live.plan) && live.plan.kind === 'resource') {
      this.#resources.attemptEnded(live, live.plan, outcome);
      if (runsAgain) this.#settle(); // what worked on it ends with it, and is taken along
    } else if (outcome.kind === 'finished') {
      this.#book.located(live, outcome.result.logLocation);
      this.#book.closeAttempt(live, 'FINISHED');
      this.#end(live, 'FINISHED');
    } else if (live.endAs !== undefined) {
      // A cancelled attempt may still say why it stopped; that it was told to is what counts.
      const { status, reason } = live.endAs;
      this.#book.closeAttempt(live, 'CANCELED');
      this.#end(live, status, reason, { marked: status === 'FINISHED' });
    } else this.#attemptFailed(live, outcome.kind === 'failed' ? outcome.failure : WORKER_GAVE_UP);
    if (runsAgain) this.#rerun([live]);
  }

  #attemptFailed(live: LiveInstance, failure: AttemptFailure): void {
    this.#book.failed(live, failure);
    this.#book.closeAttempt(live, 'FAILED');
    const { plan, record } = live;
    if (isPlanned(plan) && failure.final !== true && record.triesLeft > 0) return this.#pause(live, plan);
    if (isPlanned(plan) && this.#resources.judgesLater(live, plan, failure)) return;
    this.#end(live, 'FAILED');
  }

  #retryDue(id: string, attempt: number): void {
    const live = this.#book.find(id);
    if (live?.phase !== 'pausing' || live.record.attemptCount !== attempt) return;
    this.#work(live);
  }

  /** Its hours have come: it goes on where they kept it. */
  #opens(id: string, attempt: number): void {
    const live = this.#book.find(id);
    if (live?.record.attemptCount !== attempt || !isPlanned(live.plan)) return;
    delete live.opensAtMs;
    if (live.phase === 'pausing') return this.#work(live);
    const { resourceInstanceId } = live.plan;
    if (live.phase !== 'queued' || resourceInstanceId === undefined) return this.#advance(live);
    this.#resources.opens(live, resourceInstanceId);
  }

  /** PAUSE and RESUME. What an attempt is under way for goes on; what RESUME lets go begins at once. Source: semantics.md 7.6. */
  #pausedAre(componentIds: readonly string[]): void {
    const before = this.#paused;
    this.#paused = new Set(componentIds);
    for (const live of this.#book.all) {
      const { plan } = live;
      if (!isPlanned(plan) || !before.has(plan.componentId) || this.#paused.has(plan.componentId)) continue;
      if (live.phase === 'idle') this.#advance(live);
      else if (live.phase === 'pausing') {
        if (live.retryAtMs !== undefined && live.retryAtMs <= this.#book.now.getTime()) this.#work(live);
      } else if (live.phase === 'queued' && plan.resourceInstanceId !== undefined)
        this.#resources.opens(live, plan.resourceInstanceId);
    }
  }

  #operator(command: OperatorCommand, ids: readonly string[]): void {
    const known = ids.map((id) => this.#book.find(id)).filter((live) => live !== undefined);
    switch (command) {
      case 'CANCEL':
        for (const live of known) this.#stop(live, 'CANCELED', 'Canceled by user');
        return;
      case 'MARK_FINISHED':
        for (const live of known) this.#stop(live, 'FINISHED');
        return;
      case 'RERUN':
        return this.#rerun(known);
    }
  }

  /** Deactivation. Without `cancelActive` what is with a worker ends by itself, and what has not begun does not begin. */
  #deactivated(cancelActive: boolean): void {
    for (const live of this.#book.all) {
      if (isTerminal(live.record.status) || !isPlanned(live.plan)) continue;
      if (live.plan.kind === 'resource' && !cancelActive) continue; // goes when its last user is done
      if (cancelActive || live.phase === 'idle') this.#stop(live, 'CANCELED', DEACTIVATED);
    }
    this.#resources.close();
  }

  // ---- instances --------------------------------------------------------------------------------------------------

  /** Goes on as soon as nothing keeps it. */
  #advance(live: LiveInstance): void {
    const { plan, record } = live;
    if (!isPlanned(plan) || record.status !== 'WAITING_ON_DEPENDENCIES' || live.phase !== 'idle') return;
    if (!live.due || !this.#admit(live, plan)) return;
    if (!live.leased || live.unmet.size > 0) return;
    if (plan.kind === 'resource') return this.#resources.launchIfNeeded(live);
    if (plan.kind !== 'dataNode') return this.#work(live);
    if (!this.#paused.has(plan.componentId)) this.#end(live, 'FINISHED');
  }

  /** Decides its condition when everything that it asks about is over; what it does not hold for is SKIPPED. */
  #admit(live: LiveInstance, plan: PlannedInstance): boolean {
    if (live.admitted || plan.condition === undefined) return true;
    if (!this.#book.mayDecide(live)) return false;
    live.admitted = holds(plan.condition, (id) => this.#book.statusOf(id));
    // A precondition follows its node: CANCELED when that is SKIPPED.
    if (!live.admitted && plan.kind !== 'precondition')
      this.#end(live, 'SKIPPED', `Its condition does not hold: ${plan.condition.text}`);
    return live.admitted;
  }

  /** Whether its next attempt may begin now; if not, it stays as it is and is told when it may, by its hours or by RESUME. */
  #mayBegin(live: LiveInstance): boolean {
    if (!isPlanned(live.plan)) return true;
    if (this.#paused.has(live.plan.componentId)) return false;
    if (live.plan.hours === undefined) return true;
    const at = nextOpen(live.plan.hours, this.#book.now);
    if (at.getTime() <= this.#book.now.getTime()) return true;
    if (live.opensAtMs !== at.getTime()) {
      live.opensAtMs = at.getTime();
      const event = { kind: 'opens', instanceId: live.id, attempt: live.record.attemptCount } as const;
      this.#actions.push({ kind: 'tellAt', at, event });
    }
    return false;
  }

  /** Hands it to a worker, by way of its resource where it has one. */
  #work(live: LiveInstance): void {
    const { plan } = live;
    if (isPlanned(plan) && isUnjudged(live)) return this.#resources.judge(live, plan);
    if (!this.#mayBegin(live)) return;
    const resourceId = isPlanned(plan) ? plan.resourceInstanceId : undefined;
    if (resourceId === undefined && isPlanned(plan) && plan.worker.kind === 'resource') {
      const why = `No interval of its resource ${plan.worker.componentId} contains its scheduled start`;
      return this.#end(live, 'CANCELED', why);
    }
    if (resourceId === undefined) return this.#startAttempt(live);
    this.#resources.serve(live, resourceId);
  }

  #startAttempt(live: LiveInstance): void {
    const { plan, record } = live;
    record.attemptCount += 1;
    record.triesLeft = Math.max(0, record.triesLeft - 1);
    clearError(record);
    live.phase = 'working';
    const serviceWorks = !isPlanned(plan) || (plan.worker.kind === 'control' && plan.kind !== 'resource');
    const status =
      isPlanned(plan) && plan.kind === 'resource'
        ? 'CREATING'
        : serviceWorks
          ? 'RUNNING'
          : 'WAITING_FOR_RUNNER';
    const attempt: AttemptRecord = { instanceId: live.id, number: record.attemptCount, seq: 0, status };
    live.attempt = attempt;
    if (serviceWorks) this.#book.began(live, isoMillis(this.#book.now));
    this.#book.become(live, status);
    this.#book.touchAttempt(attempt);
    live.begunAtMs = this.#book.now.getTime();
    this.#actions.push({ kind: 'startAttempt', instanceId: live.id, attempt: attempt.number });
    if (isPlanned(plan)) this.#limit(live, plan);
  }

  /** Has the attempt told when its resource should be up, and when it must go. */
  #limit({ id, attempt, begunAtMs = 0 }: LiveInstance, { settings }: PlannedInstance): void {
    const tellAfter = (ms: number | undefined, kind: 'initOver' | 'lifetimeOver'): void => {
      if (ms === undefined || attempt === undefined) return;
      const event = { kind, instanceId: id, attempt: attempt.number } as const;
      this.#actions.push({ kind: 'tellAt', at: new Date(begunAtMs + ms), event });
    };
    tellAfter(settings.initTimeoutMs, 'initOver');
    tellAfter(settings.terminateAfterMs, 'lifetimeOver');
  }

  #pause(live: LiveInstance, plan: PlannedInstance, delayMs = plan.settings.retryDelayMs): void {
    live.phase = 'pausing';
    if (plan.kind === 'resource') this.#book.become(live, 'CREATING');
    else if (plan.worker.kind !== 'control') this.#book.become(live, 'WAITING_FOR_RUNNER');
    const at = new Date(this.#book.now.getTime() + delayMs);
    live.retryAtMs = at.getTime();
    const event = { kind: 'retryDue', instanceId: live.id, attempt: live.record.attemptCount } as const;
    this.#actions.push({ kind: 'tellAt', at, event });
  }

  /** Ends it as `status`; what a worker does for it is stopped first, and it ends when the worker has let go. */
  #stop(live: LiveInstance, status: 'CANCELED' | 'FINISHED', reason?: string): void {
    const marksFinished = status === 'FINISHED' && live.record.status !== 'FINISHED';
    if (isTerminal(live.record.status) && !marksFinished) return;
    if (live.record.status === 'SHUTTING_DOWN' && !marksFinished) return; // it is going down already
    if (live.phase === 'working' && live.attempt !== undefined) {
      live.endAs = { status, ...(reason === undefined ? {} : { reason }) };
      this.#actions.push({ kind: 'cancelAttempt', instanceId: live.id, attempt: live.attempt.number });
      return;
    }
    live.phase = 'idle';
    this.#end(live, status, reason, { marked: status === 'FINISHED' });
  }

  #end(
    live: LiveInstance,
    status: Status,
    reason?: string,
    options: { readonly marked?: boolean } = {},
  ): void {
    const { record } = live;
    live.phase = 'idle';
    delete live.endAs;
    if (status === 'FINISHED') clearError(record);
    if (reason !== undefined) record.cancellationReason = reason;
    record.actualStart ??= isoMillis(this.#book.now);
    record.actualEnd = isoMillis(this.#book.now);
    this.#book.become(live, status);
    if (isPlanned(live.plan) && options.marked !== true) {
      if (status === 'FINISHED') this.#firing.fire(live, live.plan.onSuccess);
      if (status === 'FAILED' || status === 'TIMEDOUT' || status === 'CASCADE_FAILED')
        this.#firing.fire(live, live.plan.onFail);
    }
    this.#ended.push(live);
  }

  /** Draws the consequences of everything that ended, and of what ends by them. */
  #settle(): void {
    for (let live = this.#ended.shift(); live !== undefined; live = this.#ended.shift()) {
      const { plan, record } = live;
      if (!isPlanned(plan) || !isTerminal(record.status)) continue; // a rerun was pending
      for (const dependant of this.#book.dependantsOf(live.id)) {
        this.#needEnded(dependant, live.id, record.status, record.cascadeFailedOn);
      }
      // Nobody needs the answer of its preconditions any more. Source: semantics.md 7.4.
      for (const precondition of this.#book.preconditionsOf(live.id)) {
        this.#stop(precondition, 'CANCELED', `${live.id} ended`);
      }
      if (plan.kind === 'resource' && record.status !== 'FINISHED')
        this.#resources.gone(live.id, record.status);
      if (plan.resourceInstanceId !== undefined) {
        this.#resources.userEnded(plan.resourceInstanceId, live.id, record.status);
      }
    }
  }

  #needEnded(dependant: LiveInstance, id: string, status: Status, chain: readonly string[]): void {
    if (this.#book.meets(dependant, id, status)) this.#needMet(dependant, id);
    else if (STATUS[status].cascades) this.#needFailed(dependant, id, chain);
    else if (this.#book.wasLeftOut(id)) this.#needLeftOut(dependant, id);
  }

  #needMet(dependant: LiveInstance, id: string): void {
    if (!dependant.unmet.delete(id) || isTerminal(dependant.record.status)) return;
    this.#book.touch(dependant);
    this.#advance(dependant);
  }

  /** Cascade: the consumer's own failureAndRerunMode decides. Source: semantics.md 7.4. */
  #needFailed(dependant: LiveInstance, id: string, chain: readonly string[]): void {
    const { plan, record } = dependant;
    dependant.unmet.add(id);
    if (record.status !== 'WAITING_ON_DEPENDENCIES' || !isPlanned(plan)) return;
    // A precondition follows its node: CANCELED when the node ends, waiting as long as the node waits.
    if (plan.kind === 'precondition' || !plan.settings.cascade) return;
    record.cascadeFailedOn = [...chain, id];
    this.#end(dependant, 'CASCADE_FAILED');
  }

  /** What a condition has left out takes its consumers with it, but those that have a condition of their own. */
  #needLeftOut(dependant: LiveInstance, id: string): void {
    const { plan, record } = dependant;
    if (record.status !== 'WAITING_ON_DEPENDENCIES' || !isPlanned(plan) || plan.kind === 'precondition')
      return;
    this.#end(dependant, 'SKIPPED', `${id} was skipped`);
  }

  #rerun(asked: readonly LiveInstance[]): void {
    for (const live of asked) {
      if (!isPlanned(live.plan)) this.#firing.again(live);
      // What a worker was asked to stop runs again when the worker has let go, and nobody sees it end.
      else if (live.endAs !== undefined) live.endAs = { ...live.endAs, rerun: true };
    }
    const again = instancesToRerun(this.#book, asked);
    for (const live of again) this.#reset(live);
    for (const live of again) this.#recheckNeeds(live);
    for (const live of again) this.#resources.rerunElsewhere(live);
    for (const live of again) this.#advance(live);
    // A resource that nobody needs again is over again.
    for (const live of again) if (live.plan.kind === 'resource') this.#resources.check(live);
  }

  /** Back to the beginning: all tries again, error gone. Reruns do not count against maxActiveInstances (semantics.md 7.5). */
  #reset(live: LiveInstance): void {
    const { record, plan } = live;
    if (!isPlanned(plan)) return;
    record.triesLeft = plan.settings.maximumRetries + 1;
    record.cascadeFailedOn = [];
    delete record.cancellationReason;
    delete record.actualEnd;
    delete record.actualStart;
    clearError(record);
    live.phase = 'idle';
    live.fresh = true;
    live.leased = true;
    live.due = plan.dueAt <= this.#book.now;
    delete live.endAs;
    this.#book.become(live, 'WAITING_ON_DEPENDENCIES');
    if (live.due) this.#book.markDue(live);
    const elsewhere: string[] = [];
    for (const need of plan.needs) if (need.elsewhere) elsewhere.push(need.instanceId);
    this.#book.forgetElsewhere(elsewhere); // asked for anew: it may have been rerun meanwhile
    this.#book.beginWaiting(live);
    this.#firing.watchAgain(live, plan);
    for (const dependant of this.#book.dependantsOf(live.id)) {
      if (isTerminal(dependant.record.status) || dependant.phase !== 'idle') continue;
      dependant.unmet.add(live.id);
      if (plan.kind !== 'precondition' && isPlanned(dependant.plan))
        dependant.admitted = dependant.plan.condition === undefined;
    }
    const watched = this.#resources.watchedFor(live);
    if (elsewhere.length + watched.length > 0)
      this.#actions.push({ kind: 'awaitElsewhere', instanceIds: elsewhere, watched });
    if (!live.due) this.#actions.push({ kind: 'tellAt', at: plan.dueAt, event: { kind: 'due' } });
  }

  /** A rerun whose dependency is still failed falls back to CASCADE_FAILED (semantics.md 7.5), or left out to SKIPPED. */
  #recheckNeeds(live: LiveInstance): void {
    if (!isPlanned(live.plan)) return;
    for (const need of live.plan.needs) {
      const status = this.#book.statusOf(need.instanceId);
      if (status === undefined || this.#book.meets(live, need.instanceId, status)) continue;
      const chain = this.#book.find(need.instanceId)?.record.cascadeFailedOn ?? [];
      this.#needEnded(live, need.instanceId, status, chain);
    }
  }

  #step(now: Date, position: number, work: () => void): RunAction[] {
    this.#book.begin(now, position);
    this.#actions = [];
    work();
    this.#settle();
    return this.#actions;
  }
}

const WORKER_GAVE_UP: AttemptFailure = {
  errorId: 'RunnerLost',
  errorMessage: 'The worker gave the attempt up without having been asked to',
};
