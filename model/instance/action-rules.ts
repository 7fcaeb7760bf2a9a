import type { CompiledPipeline } from './compile.js';
import type { RunAction } from './events.js';
import { nodeInstanceIdOf, ONDEMAND_SCHEDULE } from './ids.js';
import { isPlanned, type FiredAction, type LiveInstance } from './live-instance.js';
import type { PlannedInstance } from './plan.js';
import type { RunBook } from './run-book.js';
import { isTerminal } from './transitions.js';

/** What firing does to instances, which is for `IntervalRun` to do. */
export interface FiringHands {
  act(action: RunAction): void;
  startAttempt(live: LiveInstance): void;
  cancel(live: LiveInstance, reason: string): void;
}

/** When actions fire, and lateness, which does nothing else. Source: semantics.md 7.3. */
export class ActionRules {
  readonly #book: RunBook;
  readonly #pipeline: CompiledPipeline;
  readonly #hands: FiringHands;
  /** Instances that will be told when they are late. */
  readonly #watched = new Set<string>();

  constructor(book: RunBook, pipeline: CompiledPipeline, hands: FiringHands) {
    this.#book = book;
    this.#pipeline = pipeline;
    this.#hands = hands;
  }

  /**
   * Has the instance told when it is late. AWS counts from the scheduled start; our choice for timeseries is the end of the interval,
   * at which it is due: it could not be in time otherwise.
   */
  watch(live: LiveInstance, plan: PlannedInstance): void {
    const at = this.#lateAt(plan);
    if (at === undefined || this.#watched.has(live.id)) return;
    this.#watched.add(live.id);
    this.#hands.act({ kind: 'tellAt', at, event: { kind: 'late', instanceId: live.id } });
  }

  /** The same of one that runs again. Our choice: what is rerun after its time is not late, or Terminate would end each rerun. */
  watchAgain(live: LiveInstance, plan: PlannedInstance): void {
    const at = this.#lateAt(plan);
    if (at !== undefined && at > this.#book.now) this.watch(live, plan);
  }

  /** Ids of the instances that are still to be told. */
  get watched(): string[] {
    return [...this.#watched].filter((id) => !isTerminal(this.#book.get(id).record.status));
  }

  late(live: LiveInstance | undefined): void {
    if (live === undefined || !isPlanned(live.plan) || !this.#watched.delete(live.id)) return;
    if (!isTerminal(live.record.status)) this.fire(live, live.plan.onLateAction);
  }

  fire(live: LiveInstance, actionIds: readonly string[]): void {
    const { plan } = live;
    for (const componentId of actionIds) {
      const type = this.#pipeline.components.get(componentId)?.type;
      if (type === 'Terminate') {
        this.#hands.cancel(live, `Terminated by ${componentId}`);
        continue;
      }
      if (type === undefined || !isPlanned(plan)) continue;
      // A precondition that several objects share has an instance for each of them.
      const node =
        plan.node === undefined ? plan.componentId : `${plan.componentId}_${plan.node.componentId}`;
      const id = nodeInstanceIdOf(componentId, node, this.#book.plan.interval.start);
      const before = this.#book.find(id);
      if (before !== undefined) {
        this.again(before);
        continue;
      }
      const about = { componentId: plan.componentId, instanceId: live.id };
      const fired: FiredAction = { id, componentId, kind: 'action', type, node: about };
      this.#hands.startAttempt(this.#book.addAction(fired));
    }
  }

  /** Fires an action once more, unless the same message for the same object is on its way. */
  again(action: LiveInstance): void {
    if (!isTerminal(action.record.status)) return;
    this.#book.become(action, 'WAITING_ON_DEPENDENCIES');
    delete action.record.actualEnd;
    this.#hands.startAttempt(action);
  }

  #lateAt({ settings, onLateAction, dueAt }: PlannedInstance): Date | undefined {
    if (settings.lateAfterMs === undefined || onLateAction.length === 0) return undefined;
    // Being late means nothing for a pipeline that runs on demand. Source: semantics.md 4.4.
    if (this.#book.plan.scheduleId === ONDEMAND_SCHEDULE) return undefined;
    return new Date(dueAt.getTime() + settings.lateAfterMs);
  }
}
