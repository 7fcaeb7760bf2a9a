import { Injectable } from '@nestjs/common';
import type { CompiledPipeline } from '../../model/instance/compile.js';
import { CONTROL_TASK_QUEUE, taskQueueOf, workerGroupOf } from '../../model/instance/task-queue.js';
import { isTerminal } from '../../model/instance/transitions.js';
import type {
  ActivityFacts,
  InstanceFacts,
  IntervalFacts,
  LeaseFacts,
  NeedFacts,
  QueueFacts,
  RunFacts,
  WhyFacts,
} from '../../model/instance/why-facts.js';
import { isPolled } from '../../model/instance/why-queues.js';
import { intervalRunId, temporalScheduleId, workerGroupTaskQueue } from '../../workflows/contract.js';
import { ObjectStore } from '../store/object-store.js';
import type { AttemptRow, InstanceRow } from '../store/object-selector.js';
import { PauseStore, type Pause } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import type { Pipeline } from '../store/pipeline.js';
import { PostgresLedger } from '../store/postgres-ledger.js';
import { WaitStore, type NeededInstance } from '../store/wait-store.js';
import { WhyChains } from './why-chains.js';
import { nameOf, PlansOfPipeline, WhyIntervals } from './why-definitions.js';
import { TemporalAway, WhyTemporal, type DescribedRun } from './why-temporal.js';
import { variantsOf } from './worker-group-variants.js';

/** Instances that are looked at for one answer, and how far from the one that was asked about. Our choice. */
const MOST_INSTANCES = 60;
const MOST_STEPS = 12;
/** Dependencies of an instance that are looked at; of all others the number is told. */
const BREADTH = 5;
/** Steps beyond the end of a chain that is longer than those. */
const AFTER_END = 3;
/** Worker groups that are asked about at once, and in all. */
const GROUPS_AT_ONCE = 10;
const MOST_GROUPS = 60;

/** Gathers what is known about why an instance is where it is, from the ledger and from Temporal. */
@Injectable()
export class WhyFactsReader {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly ledger: PostgresLedger,
    private readonly waits: WaitStore,
    private readonly intervals: WhyIntervals,
    private readonly temporal: WhyTemporal,
    private readonly chains: WhyChains,
    private readonly pauses: PauseStore,
  ) {}

  /** Undefined when the id can be of no instance of the pipeline. @throws PipelineNotFound, PipelineDeleted */
  async read(pipelineId: string, instanceId: string, now = new Date()): Promise<WhyFacts | undefined> {
    const pipeline = await this.pipelines.get(pipelineId);
    const question = new Question(pipeline, new PlansOfPipeline(pipelineId, this.ledger), now);
    for (const pause of await this.pauses.of(pipelineId)) question.pauses.set(pause.componentId, pause);
    let ids = [instanceId];
    for (let step = 0; step < MOST_STEPS && ids.length > 0; step++) {
      const found = await this.lookAt(question, ids.slice(0, MOST_INSTANCES - question.instances.size));
      if (step === 0 && found.length === 0) return undefined;
      ids = [...new Set(found.flatMap(leadsTo))].filter((id) => !question.instances.has(id));
    }
    await this.followToOrigin(question, instanceId);
    await this.askWhoPolls(question);
    return {
      now,
      instanceId,
      pipeline: await this.pipelineFacts(pipeline),
      instances: question.instances,
      runs: question.runs,
      queues: question.queues,
      polledGroups: await this.polledGroups(question),
      ...(question.temporalProblem === undefined ? {} : { temporalProblem: question.temporalProblem }),
    };
  }

  /** Looks at the end of the first chain of dependencies too, when it is longer than what was looked at. */
  private async followToOrigin(question: Question, instanceId: string): Promise<void> {
    const { instances } = question;
    const seen = new Set<string>();
    let last: InstanceFacts | undefined;
    for (let next = instances.get(instanceId); next !== undefined && !seen.has(next.id);) {
      seen.add((last = next).id);
      next = instances.get(last.needs.find(({ precondition }) => !precondition)?.shown[0] ?? '');
    }
    const beyond = last?.needs.find(({ precondition }) => !precondition)?.shown[0];
    if (last === undefined || beyond === undefined || instances.has(beyond)) return;
    const origin = await this.chains.endOf(question.plans, beyond);
    const end = origin?.instanceId ?? beyond;
    if (instances.has(end)) return;
    if (origin !== undefined) instances.set(last.id, { ...last, origin });
    // What the end itself comes of: a precondition, a resource, the holder of a lease.
    let ids = [end];
    for (let step = 0; step < AFTER_END && ids.length > 0; step++) {
      const found = await this.lookAt(question, ids);
      ids = [...new Set(found.flatMap(leadsTo))].filter((id) => !instances.has(id)).slice(0, BREADTH);
    }
  }

  private async pipelineFacts(pipeline: Pipeline): Promise<WhyFacts['pipeline']> {
    const { id, name, state, lastDeactivatedAt, activeVersion, latestVersion } = pipeline;
    const latest =
      activeVersion === undefined ? await this.pipelines.readDefinition(id, 'latest') : undefined;
    return {
      id,
      name,
      state,
      latestErrored: latest?.errored === true,
      ...(lastDeactivatedAt === undefined ? {} : { lastDeactivatedAt }),
      ...(activeVersion === undefined ? {} : { activeVersion }),
      ...(latestVersion === undefined ? {} : { latestVersion }),
    };
  }

  /** Adds the instances to what was looked at. */
  private async lookAt(question: Question, ids: readonly string[]): Promise<InstanceFacts[]> {
    const { pipelineId } = question.plans;
    const rows = await this.objects.instances(pipelineId, ids);
    const made = new Map(rows.map((row) => [row.id, row]));
    const newest = new Map(
      (await this.objects.attemptsOf(pipelineId, [...made.keys()])).map((row) => [row.instanceId, row]),
    );
    const leases = await this.leases(pipelineId, rows);
    const found: InstanceFacts[] = [];
    for (const id of ids) {
      const row = made.get(id);
      const facts =
        row === undefined
          ? await this.notMade(question, id)
          : await this.made(question, row, newest.get(id), leases.get(id));
      if (facts === undefined) continue;
      question.instances.set(id, facts);
      found.push(facts);
    }
    return found;
  }

  private async notMade(question: Question, id: string): Promise<InstanceFacts | undefined> {
    const { pipeline, plans } = question;
    const named = nameOf(id);
    const version = pipeline.activeVersion;
    if (version === undefined) {
      // Nothing is in force that could say what would be made.
      if (named === undefined) return undefined;
      const interval = { start: `${named.start.toISOString().slice(0, 19)}Z`, passed: false };
      return { id, componentId: named.name, needs: [], interval };
    }
    const compiled = await plans.pipeline(version);
    const known = await this.intervals.ofId(id, compiled);
    if (known === undefined) return undefined;
    const { runnable, interval } = known;
    const { scheduleId, passed, start } = interval;
    const scheduled = pipeline.state === 'SCHEDULED' && start !== undefined && !passed;
    const clockId = temporalScheduleId({ pipelineId: pipeline.id, scheduleId });
    const clock = scheduled
      ? await question.ask(() => this.temporal.describeClock(clockId), question.clocks, clockId)
      : undefined;
    return {
      id,
      componentId: runnable.component.id,
      needs: [],
      interval: { ...interval, ...(clock === undefined ? {} : { clock }) },
    };
  }

  private async made(
    question: Question,
    row: InstanceRow,
    attempt: AttemptRow | undefined,
    lease: LeaseFacts | undefined,
  ): Promise<InstanceFacts> {
    const pipeline = await question.plans.pipeline(row.definitionVersion);
    const plan = (await question.plans.planOf(row)).get(row.id);
    const scheduleType = pipeline.runnables.get(plan?.node?.componentId ?? row.componentId)?.scheduleType;
    const runId = intervalRunId(row);
    const open = !isTerminal(row.status);
    const activity = open ? await this.activityOf(question, runId, row, pipeline, plan) : undefined;
    const waits = open && row.status === 'WAITING_ON_DEPENDENCIES' && plan !== undefined;
    const { pipelineId } = row;
    const pause = open ? question.pauses.get(row.componentId) : undefined;
    const needs = waits ? await this.needs(pipelineId, plan) : [];
    const users = waits && row.kind === 'resource' ? await this.users(question, row) : undefined;
    return {
      id: row.id,
      componentId: row.componentId,
      row,
      runId,
      needs,
      ...(plan === undefined ? {} : { plan }),
      ...(scheduleType === undefined ? {} : { scheduleType }),
      ...(users === undefined ? {} : { users }),
      ...(attempt === undefined ? {} : { attempt }),
      ...(activity === undefined ? {} : { activity }),
      ...(lease === undefined || !waits ? {} : { lease }),
      ...(pause === undefined ? {} : { pause }),
    };
  }

  private async needs(pipelineId: string, plan: NonNullable<InstanceFacts['plan']>): Promise<NeedFacts[]> {
    const needed = plan.needs.map(({ instanceId, reason, elsewhere }): NeededInstance => {
      const precondition = reason === 'precondition';
      return {
        id: instanceId,
        part: precondition ? instanceId : componentOf(instanceId),
        elsewhere,
        anyEnd: plan.condition !== undefined && !precondition,
      };
    });
    const checks = new Set(
      plan.needs.flatMap((need) => (need.reason === 'precondition' ? [need.instanceId] : [])),
    );
    const totals = new Map<string, number>();
    for (const { part } of needed) totals.set(part, (totals.get(part) ?? 0) + 1);
    const parts = new Map<string, NeedFacts & { readonly shown: string[] }>();
    let shown = 0;
    for (const { id, part, unmet } of await this.waits.unmet(pipelineId, needed, BREADTH)) {
      const known = parts.get(part);
      if (known === undefined) {
        const precondition = checks.has(part);
        const total = totals.get(part) ?? unmet;
        const componentId = precondition ? preconditionOf(part, plan.componentId) : part;
        parts.set(part, { componentId, precondition, total, unmet, shown: shown < BREADTH ? [id] : [] });
      } else if (shown < BREADTH) known.shown.push(id);
      shown += 1;
    }
    return [...parts.values()];
  }

  /** Instances that run on the resource and have not ended. */
  private async users({ plans }: Question, row: InstanceRow): Promise<string[]> {
    const planned = [...(await plans.planOf(row)).values()];
    const users = planned
      .filter(({ resourceInstanceId, kind }) => resourceInstanceId === row.id && kind !== 'precondition')
      .map(({ id }) => ({ id, part: row.id, elsewhere: false, anyEnd: true }));
    return (await this.waits.unmet(row.pipelineId, users, BREADTH)).map(({ id }) => id);
  }

  private async leases(pipelineId: string, rows: readonly InstanceRow[]): Promise<Map<string, LeaseFacts>> {
    const waiting = rows.filter(({ leaseGranted }) => !leaseGranted).map(({ id }) => id);
    const waits = await this.waits.leaseWaits(pipelineId, waiting);
    const components = [...new Set(waits.map(({ componentId }) => componentId))];
    const holders = await this.waits.leaseHolders(pipelineId, components, BREADTH);
    return new Map(
      waits.map(({ instanceId, componentId, limit, ahead }) => {
        const held = holders.filter((holder) => holder.componentId === componentId);
        return [instanceId, { limit, ahead, holders: held, holdersTotal: held[0]?.total ?? 0 }];
      }),
    );
  }

  /** The pending activity of the instance's newest attempt. */
  private async activityOf(
    question: Question,
    runId: string,
    row: InstanceRow,
    pipeline: CompiledPipeline,
    plan: InstanceFacts['plan'],
  ): Promise<ActivityFacts | undefined> {
    const described = await question.ask(() => this.temporal.describeRun(runId), question.described, runId);
    if (described === undefined) return undefined;
    question.runs.set(runId, described.run);
    const ofInstance = `${row.id}_Attempt=`;
    const [id] = [...described.activities.keys()]
      .filter((each) => each.startsWith(ofInstance))
      .toSorted((a, b) => Number(b.slice(ofInstance.length)) - Number(a.slice(ofInstance.length)));
    const activity = id === undefined ? undefined : described.activities.get(id);
    if (activity === undefined) return undefined;
    const taskQueue = plan === undefined ? CONTROL_TASK_QUEUE : taskQueueOf(pipeline.pipelineId, plan);
    return { ...activity, taskQueue };
  }

  /** Who polls the queues in which attempts lie, and whether a control worker is there. */
  private async askWhoPolls(question: Question): Promise<void> {
    const queues = new Set<string>([CONTROL_TASK_QUEUE]);
    for (const { activity } of question.instances.values()) {
      if (activity !== undefined && !activity.started) queues.add(activity.taskQueue);
    }
    for (const name of queues) await this.askQueue(question, name);
  }

  private async askQueue(question: Question, name: string): Promise<void> {
    const type = name === CONTROL_TASK_QUEUE ? 'workflow' : 'activity';
    await question.ask(() => this.temporal.describeQueue(name, type), question.queues, name);
  }

  /**
   * Groups that somebody polls, asked only when an attempt lies in one that nobody does. Temporal cannot list task queues, so it
   * is asked about each name that a definition knows, and about other spellings of the one that nobody polls.
   */
  private async polledGroups(question: Question): Promise<string[]> {
    const { now, queues, plans, pipeline } = question;
    const polled = (queue: QueueFacts | undefined): boolean =>
      queue?.pollers.some((poller) => isPolled({ now }, poller)) === true;
    const missing = [...queues].flatMap(([name, queue]) =>
      polled(queue) ? [] : (workerGroupOf(name) ?? []),
    );
    if (missing.length === 0 || question.temporalProblem !== undefined) return [];
    const own =
      pipeline.activeVersion === undefined
        ? []
        : [...(await plans.pipeline(pipeline.activeVersion)).runnables.values()].flatMap(({ worker }) =>
            worker.kind === 'workerGroup' ? [worker.workerGroup] : [],
          );
    const others = await this.waits.workerGroups();
    const names = [...new Set([...own, ...missing.flatMap(variantsOf), ...others])].slice(0, MOST_GROUPS);
    for (let from = 0; from < names.length; from += GROUPS_AT_ONCE) {
      const some = names.slice(from, from + GROUPS_AT_ONCE);
      await Promise.all(some.map((name) => this.askQueue(question, workerGroupTaskQueue(name))));
    }
    return names.filter((name) => polled(queues.get(workerGroupTaskQueue(name)))).toSorted();
  }
}

/** What one question has found out so far. */
class Question {
  readonly instances = new Map<string, InstanceFacts>();
  readonly runs = new Map<string, RunFacts>();
  readonly queues = new Map<string, QueueFacts>();
  readonly described = new Map<string, DescribedRun>();
  readonly pauses = new Map<string, Pause>();
  readonly clocks = new Map<string, NonNullable<IntervalFacts['clock']>>();
  temporalProblem: string | undefined;

  constructor(
    readonly pipeline: Pipeline,
    readonly plans: PlansOfPipeline,
    readonly now: Date,
  ) {}

  /** The answer to a question of Temporal, asked once; undefined, also from then on, when it does not answer. */
  async ask<T>(question: () => Promise<T>, known: Map<string, T>, key: string): Promise<T | undefined> {
    const before = known.get(key);
    if (before !== undefined || this.temporalProblem !== undefined) return before;
    try {
      const answer = await question();
      known.set(key, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof TemporalAway)) throw error;
      this.temporalProblem = error.message;
      return undefined;
    }
  }
}

/** What is to be looked at because of an instance. */
function leadsTo({ row, plan, needs, lease, users = [] }: InstanceFacts): string[] {
  if (row === undefined) return [];
  const { resourceInstanceId: resource, node } = plan ?? {};
  const ids = [...needs.flatMap(({ shown }) => shown), ...users];
  for (const { instanceId } of lease?.holders ?? []) ids.push(instanceId);
  if (row.status === 'CASCADE_FAILED') ids.push(...row.cascadeFailedOn.slice(0, 1));
  if (resource !== undefined && ['WAITING_FOR_RUNNER', 'CANCELED'].includes(row.status)) ids.push(resource);
  if (node !== undefined && row.status === 'CANCELED') ids.push(node.instanceId);
  return ids;
}

/** `Archived` of `@Archived_2030-01-01T00:00:00`. */
function componentOf(instanceId: string): string {
  return nameOf(instanceId)?.name ?? instanceId;
}

/** `IsThere` of `@IsThere_Archived_2030-01-01T00:00:00`, checked for Archived. */
function preconditionOf(instanceId: string, nodeId: string): string {
  const name = componentOf(instanceId);
  return name.endsWith(`_${nodeId}`) ? name.slice(0, -nodeId.length - 1) : name;
}
