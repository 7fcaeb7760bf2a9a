import type { AttemptFailure, AttemptOutcome, RunAction, RunEvent } from './events.js';
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
  /** Waits `retryDelay` for the next attempt. */
  pause(live: LiveInstance, plan: PlannedInstance): void;
  /** Back to the beginning. */
  reset(live: LiveInstance): void;
  end(live: LiveInstance, status: Status, reason?: string): void;
}

/** The rules of resources in one interval run: made when first needed, lost, made anew, gone. Source: semantics.md 7.4, 9. */
export class ResourceRules {
  readonly #book: RunBook;
  readonly #hands: InstanceHands;

  constructor(book: RunBook, hands: InstanceHands) {
    this.#book = book;
    this.#hands = hands;
  }

  /** Hands `user` to a worker as soon as its resource is up. */
  serve(user: LiveInstance, resourceId: string): void {
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
    if (isUp(this.#book.get(resourceId))) this.#hands.startIfItMay(user);
  }

  /** Launched when somebody waits for it. */
  launchIfNeeded(resource: LiveInstance): void {
    if (this.#book.usersOf(resource.id).some((user) => user.phase === 'queued')) this.#launch(resource);
  }

  ready(event: Extract<RunEvent, { kind: 'resourceReady' }>): void {
    const live = this.#book.working(event.instanceId, event.attempt);
    if (live === undefined || live.endAs !== undefined) return;
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
      const wanted =
        live.endAs.status === 'FINISHED' &&
        this.#book.usersOf(live.id).some((user) => user.phase === 'queued');
      this.#hands.end(live, live.endAs.status, live.endAs.reason);
      if (wanted) {
        this.#hands.reset(live); // somebody asked for it again while it went down
        this.#launch(live);
      }
      return;
    }
    const failure = outcome.kind === 'failed' ? outcome.failure : RESOURCE_WENT_AWAY;
    this.#book.failed(live, failure);
    this.#book.closeAttempt(live, 'FAILED');
    const again = live.record.triesLeft > 0 && failure.final !== true;
    this.#loseUsers(live, plan, failure, again);
    if (again) this.#hands.pause(live, plan);
    else this.#hands.end(live, 'FAILED');
  }

  /** Ends the attempts that were on it; `again`: it will be made anew, and they tried again. */
  #loseUsers(live: LiveInstance, plan: PlannedInstance, failure: AttemptFailure, again: boolean): void {
    for (const user of this.#book.usersOf(live.id)) {
      if (user.phase !== 'working' || user.attempt === undefined) continue;
      this.#hands.act({ kind: 'forgetAttempt', instanceId: user.id, attempt: user.attempt.number });
      this.#book.failed(user, {
        errorId: 'ResourceLost',
        errorMessage: `Resource ${live.id} failed: ${failure.errorMessage}`,
      });
      this.#book.closeAttempt(user, 'FAILED');
      if (user.endAs !== undefined) this.#hands.end(user, user.endAs.status, user.endAs.reason);
      else if (again && plan.settings.retryTasksOnResourceFailure && user.record.triesLeft > 0) {
        user.phase = 'queued';
        this.#book.become(user, 'WAITING_FOR_RUNNER');
      } else if (again) this.#hands.end(user, 'FAILED');
    }
  }

  /** It is gone for good: what still counts on it is CANCELED. Source: semantics.md 7.4. */
  gone(resource: LiveInstance): void {
    for (const user of this.#book.usersOf(resource.id)) {
      if (isTerminal(user.record.status)) continue;
      if (user.phase === 'working' && user.attempt !== undefined) {
        this.#hands.act({ kind: 'forgetAttempt', instanceId: user.id, attempt: user.attempt.number });
        this.#book.closeAttempt(user, 'CANCELED');
      }
      this.#hands.end(user, 'CANCELED', `Resource ${resource.id} is ${resource.record.status}`);
    }
  }

  lifetimeOver(id: string, attempt: number): void {
    const live = this.#book.working(id, attempt);
    if (live === undefined) return;
    this.#shutDown(live, 'TIMEDOUT', 'terminateAfter has passed');
  }

  /** One of its users ended. */
  userEnded(resource: LiveInstance, user: LiveInstance): void {
    const stopsIt = isPlanned(resource.plan) && resource.plan.settings.stopOnTaskFailure;
    if (user.record.status === 'FAILED' && stopsIt) this.#shutDown(resource, 'CANCELED', `${user.id} failed`);
    this.check(resource);
  }

  checkAll(): void {
    for (const resource of this.#book.resources()) this.check(resource);
  }

  /** Ends a resource that nobody needs any more; one that was never launched is FINISHED (semantics.md 7.4). */
  check(resource: LiveInstance): void {
    if (isTerminal(resource.record.status) || resource.endAs !== undefined) return;
    if (this.#book.usersOf(resource.id).some((user) => !isTerminal(user.record.status))) return;
    this.#shutDown(resource, 'FINISHED');
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

/** Whether a resource takes work. */
function isUp(resource: LiveInstance): boolean {
  return resource.record.status === 'RUNNING' && resource.endAs === undefined;
}

const RESOURCE_WENT_AWAY: AttemptFailure = {
  errorId: 'ResourceLost',
  errorMessage: 'The resource ended without having been asked to',
};
