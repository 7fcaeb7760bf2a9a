import {
  isGoneElsewhere,
  isRevivable,
  isUpElsewhere,
  type ResourceElsewhere,
  type UserElsewhere,
} from './elsewhere.js';
import type { AttemptFailure, AttemptOutcome, RunAction, RunEvent, WatchedInstance } from './events.js';
import { isPlanned, type LiveInstance } from './live-instance.js';
import type { PlannedInstance } from './plan.js';
import type { RunBook } from './run-book.js';
import type { Status } from './status.js';
import { isTerminal } from './transitions.js';

/** What the rules of resources have done to instances, which is for `IntervalRun` to do. */
export interface InstanceHands {
  act(action: RunAction): void;
  startAttempt(live: LiveInstance): void;
  /** Starts an attempt, unless its hours or an operator's PAUSE keep it; then it is told later. */
  startIfItMay(live: LiveInstance): void;
  /** Waits for the next attempt. */
  pause(live: LiveInstance, plan: PlannedInstance, delayMs: number): void;
  /** Back to the beginning. */
  reset(live: LiveInstance): void;
  end(live: LiveInstance, status: Status, reason?: string): void;
  /** Runs these again, with all that belongs to it. */
  rerun(asked: readonly LiveInstance[]): void;
}

/** The rules of resources in one interval run: made when first needed, lost, made anew, gone. Source: semantics.md 7.4, 9. */
export class ResourceRules {
  readonly #book: RunBook;
  readonly #hands: InstanceHands;
  /** The pipeline was deactivated: what was not made yet will not be. */
  #closing: boolean;

  get closing(): boolean {
    return this.#closing;
  }

  constructor(book: RunBook, hands: InstanceHands, closing: boolean) {
    this.#book = book;
    this.#hands = hands;
    this.#closing = closing;
  }

  /** Hands `user` to a worker as soon as its resource is up. */
  serve(user: LiveInstance, resourceId: string): void {
    const there = this.#book.elsewhere.resource(resourceId);
    if (there !== undefined) return this.#serveElsewhere(user, there);
    const resource = this.#book.get(resourceId);
    user.phase = 'queued';
    if (isUp(resource)) return this.#hands.startAttempt(user);
    if (isTerminal(resource.record.status)) {
      if (resource.record.status !== 'FINISHED') {
        user.phase = 'idle';
        return this.#hands.end(user, 'CANCELED', `Resource ${resourceId} is ${resource.record.status}`);
      }
      this.#hands.reset(resource); // it had ended because nobody needed it any more
    }
    this.#book.become(user, 'WAITING_FOR_RUNNER');
    this.#launch(resource);
  }

  /** Goes on with a user that did not begin though the resource was up. */
  opens(user: LiveInstance, resourceId: string): void {
    const there = this.#book.elsewhere.resource(resourceId);
    if (there === undefined ? isUp(this.#book.get(resourceId)) : isUpElsewhere(there)) {
      workOn(there, user);
      this.#hands.startIfItMay(user);
    }
  }

  /** Launched when somebody waits for it. */
  launchIfNeeded(resource: LiveInstance): void {
    if (this.#isWanted(resource)) this.#launch(resource);
  }

  #isWanted(resource: LiveInstance): boolean {
    return (
      this.#book.usersOf(resource.id).some((user) => user.phase === 'queued') ||
      this.#book.elsewhere
        .usersOf(resource.id)
        .some(({ status }) => status === 'WAITING_FOR_RUNNER' || status === 'RUNNING')
    );
  }

  ready(event: Extract<RunEvent, { kind: 'resourceReady' }>): void {
    const live = this.#book.working(event.instanceId, event.attempt);
    if (live === undefined || live.endAs !== undefined || live.failsAs !== undefined) return;
    live.record.resourceId = event.resourceId;
    this.#book.began(live, event.readyAt);
    this.#book.become(live, 'RUNNING');
    for (const user of this.#book.usersOf(live.id)) {
      if (user.phase === 'queued') this.#hands.startIfItMay(user);
    }
  }

  /** Its attempt ended: as it was told to, or by itself, which is a failure. */
  attemptEnded(live: LiveInstance, plan: PlannedInstance, outcome: AttemptOutcome): void {
    if (live.endAs !== undefined) {
      this.#book.closeAttempt(live, live.endAs.status === 'FINISHED' ? 'FINISHED' : 'CANCELED');
      // Marked finished while it was in use.
      if (live.endAs.status === 'FINISHED') this.#loseUsers(live, plan, RESOURCE_WENT_AWAY, true);
      const wanted = live.endAs.status === 'FINISHED' && this.#isWanted(live);
      this.#hands.end(live, live.endAs.status, live.endAs.reason);
      if (wanted) {
        this.#hands.reset(live); // somebody asked for it again while it went down
        this.#launch(live);
      }
      return;
    }
    const failure = live.failsAs ?? (outcome.kind === 'failed' ? outcome.failure : RESOURCE_WENT_AWAY);
    const wasUp = isUp(live);
    this.#book.failed(live, failure);
    this.#book.closeAttempt(live, 'FAILED');
    const again = live.record.triesLeft > 0 && failure.final !== true;
    this.#loseUsers(live, plan, failure, again);
    // retryDelay is for attempts to make it (semantics.md 9.2). Our choice: one that was up and is lost is made anew at once, as its
    // tasks have waited already; maximumRetries bounds how often.
    if (again) this.#hands.pause(live, plan, wasUp ? 0 : plan.settings.retryDelayMs);
    else this.#hands.end(live, 'FAILED');
  }

  /**
   * The last try of `user` has failed with its worker. True when it waits to be judged, as its resource may be what took the worker away:
   * then `user` is not FAILED but, when the resource is gone for good, CANCELED (semantics.md 7.4). The worker tells of its end before
   * the resource does, and the news from another run takes its time.
   */
  judgesLater(
    user: LiveInstance,
    { resourceInstanceId }: PlannedInstance,
    { errorId }: AttemptFailure,
  ): boolean {
    if (resourceInstanceId === undefined || !WORKER_LOST.includes(errorId)) return false;
    this.#judgeLater(user);
    return true;
  }

  /** No news came in time: it has failed by itself, unless its resource is still going. */
  judge(user: LiveInstance, { resourceInstanceId = '' }: PlannedInstance): void {
    const there = this.#book.elsewhere.resource(resourceInstanceId);
    const resource = this.#book.find(resourceInstanceId);
    const isGoing =
      there?.known?.status === 'SHUTTING_DOWN' ||
      resource?.endAs !== undefined ||
      resource?.failsAs !== undefined;
    if (isGoing) this.#judgeLater(user);
    else this.#hands.end(user, 'FAILED');
  }

  #judgeLater(user: LiveInstance): void {
    const at = new Date(this.#book.now.getTime() + NEWS_MS);
    user.phase = 'pausing';
    user.retryAtMs = at.getTime();
    const event = { kind: 'retryDue', instanceId: user.id, attempt: user.record.attemptCount } as const;
    this.#hands.act({ kind: 'tellAt', at, event });
  }

  /** The resource comes again: those that are still to be judged have failed. */
  #failUnjudged(resourceId: string): void {
    for (const user of this.#book.usersOf(resourceId)) if (isUnjudged(user)) this.#hands.end(user, 'FAILED');
  }

  /** Ends the attempts that were on it; `again`: it will be made anew, and they tried again. */
  #loseUsers(live: LiveInstance, plan: PlannedInstance, failure: AttemptFailure, again: boolean): void {
    if (again) this.#failUnjudged(live.id);
    for (const user of this.#book.usersOf(live.id)) {
      this.#lose(user, {
        why: `Resource ${live.id} failed: ${failure.errorMessage}`,
        again,
        retries: plan.settings.retryTasksOnResourceFailure,
      });
    }
  }

  /** What a user does is lost with its resource. `again`: that is made again. Source: semantics.md 9.2. */
  #lose(
    user: LiveInstance,
    { why, again, retries }: { readonly why: string; readonly again: boolean; readonly retries: boolean },
  ): void {
    if (user.phase !== 'working' || user.attempt === undefined) return;
    this.#hands.act({ kind: 'forgetAttempt', instanceId: user.id, attempt: user.attempt.number });
    this.#book.failed(user, { errorId: 'ResourceLost', errorMessage: why });
    this.#book.closeAttempt(user, 'FAILED');
    if (user.endAs !== undefined) this.#hands.end(user, user.endAs.status, user.endAs.reason);
    else if (again && retries && user.record.triesLeft > 0) {
      user.phase = 'queued';
      this.#book.become(user, 'WAITING_FOR_RUNNER');
    } else if (again) this.#hands.end(user, 'FAILED');
  }

  /** It is gone for good: what still counts on it is CANCELED. Source: semantics.md 7.4. */
  gone(resourceId: string, status: Status): void {
    for (const user of this.#book.usersOf(resourceId)) {
      if (isTerminal(user.record.status)) continue;
      if (user.phase === 'working' && user.attempt !== undefined) {
        this.#hands.act({ kind: 'forgetAttempt', instanceId: user.id, attempt: user.attempt.number });
        this.#book.closeAttempt(user, 'CANCELED');
      }
      this.#hands.end(user, 'CANCELED', `Resource ${resourceId} is ${status}`);
    }
  }

  /** It is not up within initTimeout: the attempt has failed, and does so when its maker has let go of it. */
  initOver(id: string, attempt: number): void {
    const live = this.#book.working(id, attempt);
    if (live?.record.status !== 'CREATING' || live.endAs !== undefined) return;
    live.failsAs = { errorId: 'InitTimeout', errorMessage: 'The resource was not up within initTimeout' };
    this.#hands.act({ kind: 'cancelAttempt', instanceId: id, attempt });
  }

  lifetimeOver(id: string, attempt: number): void {
    const live = this.#book.working(id, attempt);
    if (live === undefined) return;
    this.#shutDown(live, 'TIMEDOUT', 'terminateAfter has passed');
  }

  /** One of its users ended. */
  userEnded(resourceId: string, userId: string, status: Status): void {
    const resource = this.#book.find(resourceId);
    if (resource === undefined) return; // of another run, which the ledger tells
    const stopsIt = isPlanned(resource.plan) && resource.plan.settings.stopOnTaskFailure;
    if (status === 'FAILED' && stopsIt) this.#shutDown(resource, 'CANCELED', `${userId} failed`);
    this.check(resource);
  }

  checkAll(): void {
    for (const resource of this.#book.resources()) this.check(resource);
  }

  /** Ends a resource that nobody needs any more; one that was never launched is FINISHED (semantics.md 7.4). */
  check(resource: LiveInstance): void {
    if (isTerminal(resource.record.status) || resource.endAs !== undefined) return;
    if (this.#book.usersOf(resource.id).some((user) => !isTerminal(user.record.status))) return;
    const mayComeBy = ({ status }: UserElsewhere): boolean =>
      status === undefined ? !this.#closing : !isTerminal(status);
    if (this.#book.elsewhere.usersOf(resource.id).some(mayComeBy)) return;
    this.#shutDown(resource, 'FINISHED');
  }

  /** From now on only what has been made counts. */
  close(): void {
    this.#closing = true;
    this.checkAll();
  }

  // ---- resources that runs share (semantics.md 4.6) -----------------------------------------------------------------

  /** What of other runs is to be watched for `live`. */
  watchedFor(live: LiveInstance): WatchedInstance[] {
    if (!isPlanned(live.plan)) return [];
    const watched = this.#book.elsewhere
      .usersOf(live.id)
      .map(({ place: { instanceId, scheduleId } }) => ({ instanceId, scheduleId }));
    const there = this.#book.elsewhere.resource(live.plan.resourceInstanceId ?? '');
    return there === undefined
      ? watched
      : [...watched, { instanceId: there.id, scheduleId: there.place.scheduleId }];
  }

  /** `live` runs again: a resource of another run that has failed, or that may have, must too. */
  rerunElsewhere(live: LiveInstance): void {
    if (!isPlanned(live.plan)) return;
    const there = this.#book.elsewhere.resource(live.plan.resourceInstanceId ?? '');
    if (there !== undefined && (there.known === undefined || isGoneElsewhere(there)))
      this.#want(there, [live], true);
    const users = this.#book.elsewhere.usersOf(live.id);
    if (users.length > 0) this.#hands.act({ kind: 'rerunElsewhere', users: users.map(({ place }) => place) });
  }

  /** Users of other runs need the resource, which had ended by what they knew. */
  wanted({ resourceId, userIds, rerun }: Extract<RunEvent, { kind: 'resourceWanted' }>): void {
    const resource = this.#book.find(resourceId);
    if (resource === undefined || !isPlanned(resource.plan)) return;
    for (const id of userIds) {
      const user = this.#book.elsewhere.user(id);
      if (user !== undefined) user.status = rerun ? 'WAITING_ON_DEPENDENCIES' : 'WAITING_FOR_RUNNER';
    }
    const { status, cancellationReason } = resource.record;
    if (isRevivable({ status, ...(cancellationReason === undefined ? {} : { cancellationReason }) })) {
      this.#hands.reset(resource);
    } else if (rerun && isTerminal(status)) {
      this.#hands.rerun([resource]);
    }
    if (this.#isWanted(resource)) this.#launch(resource);
  }

  changedElsewhere(event: Extract<RunEvent, { kind: 'changedElsewhere' }>): void {
    const user = this.#book.elsewhere.user(event.instanceId);
    if (user !== undefined) this.#userChanged(user, event.status, event.seq);
    const there = this.#book.elsewhere.resource(event.instanceId);
    if (there !== undefined) this.#resourceChanged(there, event);
  }

  #userChanged(user: UserElsewhere, status: Status, seq: number): void {
    if (seq <= user.seq) return;
    user.seq = seq;
    user.status = status;
    if (isTerminal(status)) return this.userEnded(user.resourceId, user.place.instanceId, status);
    const resource = this.#book.find(user.resourceId);
    if (resource !== undefined && this.#isWanted(resource)) this.#launch(resource);
  }

  #resourceChanged(
    there: ResourceElsewhere,
    { kind: _kind, answer, ...told }: Extract<RunEvent, { kind: 'changedElsewhere' }>,
  ): void {
    if (answer === true) there.asked = false;
    if (there.known === undefined || told.seq > there.known.seq) there.known = told;
    else if (answer !== true) return;
    const { status, attempt } = there.known;
    if (there.asked && isTerminal(status)) return; // what its run answers counts
    const users = this.#book.usersOf(there.id);
    for (const user of users) {
      if (user.phase !== 'working' || status === 'SHUTTING_DOWN') continue;
      if (status === 'RUNNING' && user.resourceAttempt === attempt) continue;
      this.#lose(user, {
        why: `Resource ${there.id} became ${status}`,
        again: !isGoneElsewhere(there),
        retries: there.place.retryTasksOnResourceFailure,
      });
    }
    if (isGoneElsewhere(there)) return this.gone(there.id, status);
    if (status !== 'SHUTTING_DOWN' && status !== 'RUNNING') this.#failUnjudged(there.id);
    const queued = users.filter((user) => user.phase === 'queued');
    if (isUpElsewhere(there)) {
      for (const user of queued) {
        workOn(there, user);
        this.#hands.startIfItMay(user);
      }
    } else if (isTerminal(status) && queued.length > 0) this.#want(there, queued, false);
  }

  #serveElsewhere(user: LiveInstance, there: ResourceElsewhere): void {
    if (isGoneElsewhere(there))
      return this.#hands.end(user, 'CANCELED', `Resource ${there.id} is ${there.known?.status}`);
    user.phase = 'queued';
    if (isUpElsewhere(there)) {
      workOn(there, user);
      return this.#hands.startAttempt(user);
    }
    this.#book.become(user, 'WAITING_FOR_RUNNER');
    this.#book.tell(user);
    if (there.known !== undefined && isTerminal(there.known.status)) this.#want(there, [user], false);
  }

  #want(there: ResourceElsewhere, users: readonly LiveInstance[], rerun: boolean): void {
    if (there.asked) return;
    there.asked = true;
    this.#hands.act({
      kind: 'wantResource',
      resourceId: there.id,
      run: { scheduleId: there.place.scheduleId, intervalStart: there.place.intervalStart },
      userIds: users.map(({ id }) => id),
      rerun,
    });
  }

  #launch(resource: LiveInstance): void {
    if (resource.record.status !== 'WAITING_ON_DEPENDENCIES' || resource.phase !== 'idle') return;
    if (!resource.leased) return; // launched when its lease is granted
    this.#hands.startIfItMay(resource);
  }

  #shutDown(resource: LiveInstance, status: 'FINISHED' | 'TIMEDOUT' | 'CANCELED', reason?: string): void {
    if (isTerminal(resource.record.status)) return;
    if (resource.phase !== 'working' || resource.attempt === undefined)
      return this.#hands.end(resource, status, reason);
    resource.endAs = { status, ...(reason === undefined ? {} : { reason }) };
    this.#book.become(resource, 'SHUTTING_DOWN');
    this.#hands.act({ kind: 'cancelAttempt', instanceId: resource.id, attempt: resource.attempt.number });
  }
}

function workOn(there: ResourceElsewhere | undefined, user: LiveInstance): void {
  if (there?.known !== undefined) user.resourceAttempt = there.known.attempt;
}

/** Whether its last try has failed with its worker, which may have been its resource's doing: nothing else pauses without a try left. */
export function isUnjudged({ phase, record }: LiveInstance): boolean {
  return phase === 'pausing' && record.triesLeft <= 0;
}

/** Whether a resource takes work. */
function isUp(resource: LiveInstance): boolean {
  return resource.record.status === 'RUNNING' && resource.endAs === undefined;
}

/** Failures that say nothing of the work. */
const WORKER_LOST: readonly string[] = ['RunnerLost', 'ReportProgressTimeout'];

/**
 * How long the end of a resource may be told after that of its worker: a machine ends within 20 s of SIGTERM, and a notification that was
 * lost is repeated within 15 s. Our choice.
 */
const NEWS_MS = 45_000;

const RESOURCE_WENT_AWAY: AttemptFailure = {
  errorId: 'ResourceLost',
  errorMessage: 'The resource ended without having been asked to',
};
