import { Injectable } from '@nestjs/common';
import type { PlannedInstance } from '../../model/instance/plan.js';
import { STATUS, type Status } from '../../model/instance/status.js';
import { intervalRunId } from '../../workflows/contract.js';
import { ObjectStore } from '../store/object-store.js';
import { PostgresLedger } from '../store/postgres-ledger.js';
import { WaitStore } from '../store/wait-store.js';
import type { PlansOfPipeline } from './why-definitions.js';

/** Instances of a chain, and interval runs that it goes through. Our choice: more than AWS allows objects in a pipeline. */
const MOST_LINKS = 20_000;
const MOST_RUNS = 20;

/** Follows chains of dependencies that are longer than what is explained one by one. */
@Injectable()
export class WhyChains {
  constructor(
    private readonly objects: ObjectStore,
    private readonly ledger: PostgresLedger,
    private readonly waits: WaitStore,
  ) {}

  /**
   * What the first need of `instanceId`, and the first of that one's, and so on, come to: an instance that waits for no
   * other. `between`: so many steps away, at least one; undefined when it is `instanceId` itself.
   */
  async endOf(
    plans: PlansOfPipeline,
    instanceId: string,
  ): Promise<{ readonly instanceId: string; readonly between: number } | undefined> {
    const runs = new Set<string>();
    const statuses = new Map<string, Status>();
    let planned: ReadonlyMap<string, PlannedInstance> = new Map();
    let id = instanceId;
    for (let between = 0; between < MOST_LINKS; between++) {
      if (!statuses.has(id)) {
        const [row] = await this.objects.instances(plans.pipelineId, [id]);
        if (row === undefined || runs.size >= MOST_RUNS) return found(id, between);
        runs.add(intervalRunId(row));
        for (const each of await this.ledger.readRun(row)) statuses.set(each.id, each.status);
        planned = new Map([...planned, ...(await plans.planOf(row))]);
      }
      if (statuses.get(id) !== 'WAITING_ON_DEPENDENCIES') return found(id, between);
      const next = await this.nextOf(plans.pipelineId, planned.get(id), statuses);
      if (next === undefined) return found(id, between);
      id = next;
    }
    return found(id, MOST_LINKS);
  }

  /** The first need that is not as it must be, in its run or, when that has none, in another one. */
  private async nextOf(
    pipelineId: string,
    plan: PlannedInstance | undefined,
    statuses: ReadonlyMap<string, Status>,
  ): Promise<string | undefined> {
    const needs = (plan?.needs ?? []).filter(({ reason }) => reason !== 'precondition');
    const anyEnd = plan?.condition !== undefined;
    const own = needs.find(({ instanceId }) => {
      const status = statuses.get(instanceId);
      return status !== undefined && !STATUS[status].satisfies && !(anyEnd && STATUS[status].terminal);
    });
    if (own !== undefined) return own.instanceId;
    const others = needs
      .filter(({ instanceId, elsewhere }) => elsewhere && !statuses.has(instanceId))
      .map(({ instanceId, elsewhere }) => ({ id: instanceId, part: 'elsewhere', elsewhere, anyEnd }));
    return (await this.waits.unmet(pipelineId, others, 1))[0]?.id;
  }
}

function found(instanceId: string, between: number) {
  return between === 0 ? undefined : { instanceId, between };
}
