import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  BookkeepingActivities,
  OpenedRun,
  RunToRunActivities,
} from '../activities/bookkeeping/bookkeeping.activities.js';
import type { LedgerSinks } from '../activities/bookkeeping/ledger-sinks.js';
import type { ActivatedDefinition, RunChanges, RunKey } from '../activities/bookkeeping/ledger.js';
import type { PipelineObject } from '../model/definition/pipeline-definition.js';
import { asMade } from '../model/instance/as-made.js';
import { compilePipeline, type CompiledPipeline } from '../model/instance/compile.js';
import type { AttemptOutcome, Elsewhere, RunAction, RunEvent } from '../model/instance/events.js';
import { IntervalRun } from '../model/instance/interval-run.js';
import {
  newInstanceOfAction,
  planInterval,
  type IntervalPlan,
  type PlannedInstance,
} from '../model/instance/plan.js';
import { STATUS } from '../model/instance/status.js';
import type { TaskResult } from '../model/instance/task.js';
import { buildTask } from '../model/instance/task-builder.js';
import { attemptOptions } from './attempt-options.js';
import { outcomeOfError } from './attempt-outcome.js';
import {
  ATTEMPT_STARTED_SIGNAL,
  attemptKey,
  DEACTIVATED_SIGNAL,
  INSTANCE_CHANGED_SIGNAL,
  INSTANCE_ENDED_SIGNAL,
  intervalRunId,
  LANE_REPORT_SIGNAL,
  LANES_MEMO,
  LEASE_GRANTED_SIGNAL,
  PAUSES_CHANGED_SIGNAL,
  RESOURCE_READY_SIGNAL,
  SET_STATUS_UPDATE,
  WANT_RESOURCE_UPDATE,
  type AttemptStartedSignal,
  type DeactivatedSignal,
  type InstanceChangedSignal,
  type InstanceEndedSignal,
  type LaneAttempt,
  type LaneReport,
  type LeaseGrantedSignal,
  type PausesChangedSignal,
  type ResourceReadySignal,
  type RunBounds,
  type RunIntervalInput,
  type SetStatusUpdate,
  type WantResourceUpdate,
} from './contract.js';
import { Lanes } from './lanes.js';
import { outcomeOf, workOn } from './run-attempt.js';
import { BURST, BYTES_PER_HISTORY, EVENTS_BEFORE_LANES, RUN_BOUNDS } from './run-bounds.js';

// The ledger follows what the run decides: written before the decision takes effect. While the store is away the run waits for it.
const { ledger } = proxySinks<LedgerSinks>();
const bookkeeping = proxyLocalActivities<BookkeepingActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s' },
  localRetryThreshold: '1m',
});

// What a run goes on from must be in its history before it writes: begun anew after a crash it would take its own rows for those of
// a run before it. One that is the first knows what it begins from, and is spared the events.
const durably = proxyActivities<Pick<BookkeepingActivities, 'openRun' | 'readObjects'>>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s' },
});
// Another run answers, which may have to be opened for it.
const others = proxyActivities<RunToRunActivities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** Attempts that one run has in flight at once: Temporal refuses more than 2,000. The rest follow in their order. */
const IN_FLIGHT = 1_500;

type Tell = (event: RunEvent) => void;
type AttemptId = Pick<LaneAttempt, 'instanceId' | 'attempt'>;
type Action<Kind extends RunAction['kind']> = Extract<RunAction, { readonly kind: Kind }>;

/**
 * Runs one interval of one Schedule to its end: every instance's waiting, working, trying again. The rules are `IntervalRun`'s;
 * this does what it wants done and tells it what happened. A run that begins again (for a rerun) goes on from the ledger.
 */
export async function runInterval(input: RunIntervalInput): Promise<void> {
  const early: RunEvent[] = [];
  let run: IntervalRun | undefined;
  let tell: Tell = (event) => void early.push(event);
  const reports: LaneReport[] = [];
  let hear = (report: LaneReport): void => void reports.push(report);
  listen((event) => tell(event));
  setHandler(defineSignal<[LaneReport]>(LANE_REPORT_SIGNAL), (report) => hear(report));
  setHandler(defineUpdate<void, [SetStatusUpdate]>(SET_STATUS_UPDATE), async ({ command, instanceIds }) => {
    await condition(() => run !== undefined);
    const unknown = instanceIds.filter((id) => run?.find(id) === undefined);
    if (unknown.length > 0) {
      throw ApplicationFailure.nonRetryable(
        `The run has no instance ${unknown.join(', ')}`,
        'InstanceNotFound',
      );
    }
    tell({ kind: 'operator', command, instanceIds });
  });

  setHandler(defineUpdate<void, [WantResourceUpdate]>(WANT_RESOURCE_UPDATE), async (update) => {
    await condition(() => run !== undefined);
    tell({ kind: 'resourceWanted', ...update });
  });

  const opened = await (input.again === true ? durably : bookkeeping).openRun({
    ...keyOf(input),
    definitionVersion: input.definitionVersion,
    ...(input.again === true ? { again: true } : {}),
  });
  if (opened === undefined) return; // the pipeline was deleted
  const pipeline = compilePipeline(await wholeDefinition(opened, input));
  const start = new Date(input.intervalStart);
  const interval = { index: 0, start, end: new Date(opened.intervalEnd) };
  const plan = planInterval(pipeline, input.scheduleId, interval);
  const stored = input.again === true ? opened.instances : asMade(opened.instances, plan);
  const opening = new IntervalRun(plan, pipeline, stored, opened.paused, input.handOver);
  const hands = new Hands(input, pipeline, plan, opening, opened.bounds ?? RUN_BOUNDS);
  tell = (event) => hands.do(opening.on(event, new Date(), workflowInfo().historyLength));
  hands.tell = tell;
  hands.do(opening.start(new Date(), workflowInfo().historyLength));
  hands.resume();
  run = opening;
  hear = (report) => hands.lanes.report(report);
  for (const report of reports.splice(0)) hear(report);
  for (const event of early.splice(0)) tell(event);

  for (;;) {
    await condition(
      () =>
        opening.hasChanges ||
        (allHandlersFinished() && ((!opening.open && !hands.areCalling) || hands.mayMoveOn)),
    );
    if (opening.hasChanges) {
      ledger.record({ run: keyOf(input), changes: ledgerChanges(opening, plan, pipeline) });
    } else if (opening.open) {
      // What waits for years must not grow for years: the ledger has all but what is handed over.
      const handOver = opening.handOver();
      const lanes = hands.lanes.handOver();
      const memo = { [LANES_MEMO]: lanes.open.map(({ lane }) => lane) };
      const goOn = makeContinueAsNewFunc<typeof runInterval>({ memo });
      await goOn({ ...input, again: true, handOver, lanes });
    } else if (hands.lanes.areOpen) {
      await hands.lanes.close();
    } else if (hands.awaitsElsewhere) {
      hands.awaitsElsewhere = false;
      await bookkeeping.closeRun({ pipelineId: input.pipelineId, workflowId: workflowInfo().workflowId });
    } else {
      return;
    }
  }
}

/** What names the run; the rest of its input is no concern of the ledger. */
function keyOf({ pipelineId, scheduleId, intervalStart }: RunIntervalInput): RunKey {
  return { pipelineId, scheduleId, intervalStart };
}

/** Whether the instance has to do with those of other runs. */
function isOfOthers({ needs, resourceElsewhere, usersElsewhere }: PlannedInstance): boolean {
  return (
    resourceElsewhere !== undefined ||
    usersElsewhere !== undefined ||
    needs.some(({ elsewhere }) => elsewhere)
  );
}

/** One by one, and not by local activities: an answer to Temporal may have 4 MB. */
async function wholeDefinition(
  { definition: activated, parts = 0 }: OpenedRun,
  { pipelineId, definitionVersion }: RunIntervalInput,
): Promise<ActivatedDefinition> {
  if (parts === 0) return activated;
  const pipelineObjects: PipelineObject[] = [];
  for (let part = 0; part < parts; part++) {
    for (const object of await durably.readObjects({ pipelineId, definitionVersion, part }))
      pipelineObjects.push(object);
  }
  return { ...activated, definition: { ...activated.definition, pipelineObjects } };
}

function listen(tell: Tell): void {
  setHandler(defineSignal<[AttemptStartedSignal]>(ATTEMPT_STARTED_SIGNAL), (signal) =>
    tell({ kind: 'attemptStarted', ...signal }),
  );
  setHandler(defineSignal<[ResourceReadySignal]>(RESOURCE_READY_SIGNAL), (signal) =>
    tell({ kind: 'resourceReady', ...signal }),
  );
  setHandler(defineSignal<[InstanceEndedSignal]>(INSTANCE_ENDED_SIGNAL), (signal) =>
    tell({ kind: 'endedElsewhere', ...signal }),
  );
  setHandler(defineSignal<[InstanceChangedSignal]>(INSTANCE_CHANGED_SIGNAL), (signal) =>
    tell({ kind: 'changedElsewhere', ...signal }),
  );
  setHandler(defineSignal<[LeaseGrantedSignal]>(LEASE_GRANTED_SIGNAL), (signal) =>
    tell({ kind: 'leaseGranted', ...signal }),
  );
  let lastOrder = -1;
  setHandler(defineSignal<[PausesChangedSignal]>(PAUSES_CHANGED_SIGNAL), ({ order, componentIds }) => {
    if (order <= lastOrder) return;
    lastOrder = order;
    tell({ kind: 'paused', componentIds });
  });
  setHandler(defineSignal<[DeactivatedSignal]>(DEACTIVATED_SIGNAL), (signal) =>
    tell({ kind: 'deactivated', ...signal }),
  );
}

function ledgerChanges(run: IntervalRun, plan: IntervalPlan, pipeline: CompiledPipeline): RunChanges {
  const { instances, attempts, created, told } = run.takeChanges();
  return {
    instances,
    attempts,
    created: created.map((action) => newInstanceOfAction(action, plan, pipeline)),
    ...(told.length === 0 ? {} : { told }),
  };
}

/** Does what the run wants done. An error that is no outcome of an attempt fails the workflow task: a deploy mends it. */
class Hands {
  tell: Tell = () => undefined;
  awaitsElsewhere = false;
  readonly lanes: Lanes;
  /** Attempts in this history, by their key. */
  readonly #scopes = new Map<string, CancellationScope>();
  readonly #plansMany: boolean;
  #calls = 0;
  /** Attempts that asked for a place among those in flight, and those that have ended. */
  #asked = 0;
  #ended = 0;
  /** Opens for each burst when the one before it has been scheduled. */
  #gate: Promise<void> = Promise.resolve();

  constructor(
    readonly input: RunIntervalInput,
    readonly pipeline: CompiledPipeline,
    readonly plan: IntervalPlan,
    readonly run: IntervalRun,
    readonly bounds: RunBounds,
  ) {
    const planned = plan.instances.filter(({ kind }) => kind !== 'dataNode').length;
    this.#plansMany = planned > bounds.lanesFrom;
    // The history before may have waited for others and heard of all of them.
    if (input.handOver !== undefined) this.awaitsElsewhere = plan.instances.some(isOfOthers);
    const end = ({ instanceId, attempt }: AttemptId, outcome: AttemptOutcome): void =>
      this.tell({ kind: 'attemptEnded', instanceId, attempt, outcome });
    this.lanes = new Lanes(
      {
        runId: intervalRunId(input),
        attemptsPerLane: bounds.attemptsPerLane,
        shared: () => this.#isLong,
        held: () => this.#wantsToMoveOn,
        build: ({ instanceId, attempt }) => ({ instanceId, attempt, ...this.#workOf(instanceId) }),
        failed: (id, error) => end(id, outcomeOfError(error)),
        canceled: (id) => end(id, { kind: 'canceled' }),
        tell: (event) => this.tell(event),
      },
      input.lanes,
    );
  }

  /** Whether all attempts that begin now go to lanes. Short runs are spared the events and the way. */
  get #isLong(): boolean {
    const { historyLength } = workflowInfo();
    return this.#plansMany || this.input.handOver !== undefined || historyLength >= EVENTS_BEFORE_LANES;
  }

  /** Whether the history has what it may hold, and nothing in it is to be waited for. */
  get #wantsToMoveOn(): boolean {
    if (this.#scopes.size > 0) return false;
    const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
    if (!this.#isLong) return continueAsNewSuggested;
    return historyLength >= this.bounds.eventsPerHistory || historySize >= BYTES_PER_HISTORY;
  }

  /** Whether the run can go on in a new history: nothing that this one has begun is under way, but what lanes carry. */
  get mayMoveOn(): boolean {
    return this.#wantsToMoveOn && this.#calls === 0 && this.lanes.areSettled;
  }

  /** Takes up what the history before has left under way. */
  resume(): void {
    this.lanes.resume(
      (this.input.handOver?.working ?? []).flatMap(({ instanceId, endAs, failsAs }) => {
        const attempt = this.run.find(instanceId)?.attempt?.number;
        if (attempt === undefined) return [];
        return [{ instanceId, attempt, stops: endAs !== undefined || failsAs !== undefined }];
      }),
    );
  }

  /** Calls to others, which are part of this history until they have answered: a wait that is on its way would outlive the run. */
  get areCalling(): boolean {
    return this.#calls > 0;
  }

  async #call(work: () => Promise<void>): Promise<void> {
    this.#calls += 1;
    await work();
    this.#calls -= 1;
  }

  do(actions: readonly RunAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'startAttempt':
          this.#start(action);
          break;
        case 'cancelAttempt':
        case 'forgetAttempt':
          if (!this.lanes.cancel(action)) this.#scopes.get(attemptKey(action))?.cancel();
          break;
        case 'tellAt':
          void this.#tellAt(action.at, action.event);
          break;
        case 'awaitElsewhere':
          void this.#call(() => this.#awaitElsewhere(action));
          break;
        case 'wantResource':
          void this.#call(() => this.#wantResource(action));
          break;
        case 'rerunElsewhere':
          void this.#call(() => others.rerunElsewhere({ ...this.#self(), users: action.users }));
          break;
      }
    }
  }

  #start({ instanceId, attempt }: Action<'startAttempt'>): void {
    // A machine may be up for longer than any history should be.
    const outlives = this.run.find(instanceId)?.plan.kind === 'resource';
    if (outlives || this.#isLong) this.lanes.add({ instanceId, attempt });
    else void this.#attempt({ instanceId, attempt });
  }

  async #attempt(id: AttemptId): Promise<void> {
    const scope = new CancellationScope();
    this.#scopes.set(attemptKey(id), scope);
    const outcome = await outcomeOf(scope.run(() => this.#work(id.instanceId)));
    this.#scopes.delete(attemptKey(id));
    this.#ended += 1;
    this.tell({ kind: 'attemptEnded', ...id, outcome });
  }

  async #work(instanceId: string): Promise<TaskResult> {
    const place = this.#asked++;
    if (place > 0 && place % BURST === 0) this.#gate = this.#gate.then(() => sleep(1));
    if (place >= BURST) await this.#gate;
    if (place >= this.#ended + IN_FLIGHT) await condition(() => place < this.#ended + IN_FLIGHT);
    return workOn(this.#workOf(instanceId));
  }

  /** The work of the instance's current attempt. @throws ExpressionError */
  #workOf(instanceId: string): Pick<LaneAttempt, 'type' | 'task' | 'options'> {
    const live = this.run.find(instanceId);
    if (live === undefined) throw new Error(`No instance ${instanceId}`);
    return {
      type: live.plan.type,
      task: buildTask(this.pipeline, this.plan, this.run, live),
      options: attemptOptions(this.pipeline.pipelineId, live, new Date()),
    };
  }

  async #tellAt(at: Date, event: RunEvent): Promise<void> {
    const ms = at.getTime() - Date.now();
    if (ms > 0) await sleep(ms);
    this.tell(event);
  }

  async #awaitElsewhere({ instanceIds, watched }: Action<'awaitElsewhere'>): Promise<void> {
    this.awaitsElsewhere = true;
    const { pipelineId } = this.input;
    const { workflowId } = workflowInfo();
    const wait = { pipelineId, workflowId, instanceIds };
    const known = await bookkeeping.awaitInstances(watched.length === 0 ? wait : { ...wait, watched });
    const watchedIds = new Set(watched.map(({ instanceId }) => instanceId));
    for (const found of known) {
      const { instanceId, status } = found;
      if (watchedIds.has(instanceId)) this.tell({ kind: 'changedElsewhere', ...found });
      else if (STATUS[status].terminal) this.tell({ kind: 'endedElsewhere', instanceId, status });
    }
  }

  async #wantResource({ kind: _kind, ...want }: Action<'wantResource'>): Promise<void> {
    this.awaitsElsewhere = true;
    const found = await others.wantResource({ ...this.#self(), ...want });
    const unmade: Elsewhere = {
      instanceId: want.resourceId,
      status: 'WAITING_ON_DEPENDENCIES',
      seq: 0,
      attempt: 0,
    };
    this.tell({ kind: 'changedElsewhere', ...(found ?? unmade), answer: true });
  }

  #self() {
    const { pipelineId, definitionVersion } = this.input;
    return { pipelineId, definitionVersion, workflowId: workflowInfo().workflowId };
  }
}
