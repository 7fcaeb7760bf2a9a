import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ActivityNotFoundError, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import {
  ATTEMPT_STARTED_SIGNAL,
  INSTANCE_ENDED_SIGNAL,
  LEASE_GRANTED_SIGNAL,
  temporalScheduleId,
} from '../../workflows/contract.js';
import type { Caller } from './caller.js';
import type { Nuisance } from './faults.js';
import { isOver, readLedger } from './observe.js';
import type { World } from './world.js';

/** Tokens of attempts that runners have worked on: with one, anybody can answer for its attempt. */
export class TokenCollector {
  private readonly tokens = new Map<string, { readonly workflowId: string; readonly attemptId: string }>();

  constructor(private readonly world: World) {}

  /** Reads the pages of the runners' journals. */
  async collect(): Promise<void> {
    for (const home of this.world.runnerHomes) {
      const root = join(home, 'runner');
      for (const queue of await readdir(root).catch(() => [])) {
        for (const name of await readdir(join(root, queue)).catch(() => [])) {
          const text = await readFile(join(root, queue, name), 'utf8').catch(() => '');
          if (!name.endsWith('.json') || text === '') continue; // it went away meanwhile
          const { taskToken, workflowId, attemptId } = JSON.parse(text) as Record<string, string>;
          if (taskToken !== undefined && workflowId !== undefined && attemptId !== undefined)
            this.tokens.set(taskToken, { workflowId, attemptId });
        }
      }
    }
  }

  /** Those of attempts of the pipeline that the ledger knows to be over. */
  async over(pipelineId: string): Promise<{ readonly token: Uint8Array; readonly attemptId: string }[]> {
    const { instances } = await readLedger(this.world.store, pipelineId);
    const over = new Set<string>();
    for (const { id, attempts } of instances.values()) {
      for (const { number, status } of attempts) if (isOver(status)) over.add(`${id}_Attempt=${number}`);
    }
    return [...this.tokens].flatMap(([token, { workflowId, attemptId }]) =>
      workflowId.startsWith(`${pipelineId}/`) && over.has(attemptId)
        ? [{ token: Buffer.from(token, 'base64'), attemptId }]
        : [],
    );
  }
}

/** Does what should change nothing. Answers violations: what was taken although it must be refused. */
export async function annoy(
  world: World,
  what: Nuisance,
  pipelineIds: readonly string[],
  tools: { readonly tokens: TokenCollector; readonly caller: Caller },
): Promise<string[]> {
  switch (what) {
    case 'cutConnections':
      await world.store.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      return [];
    case 'repeatSignals':
      for (const id of pipelineIds) await repeatSignals(world, id);
      return [];
    case 'repeatTicks':
      for (const pipelineId of pipelineIds) {
        for (const scheduleId of ['Fine', 'Coarse']) {
          const handle = world.temporal.schedule.getHandle(temporalScheduleId({ pipelineId, scheduleId }));
          await unlessGone(() => handle.trigger());
        }
      }
      return [];
    case 'repeatActivation':
      for (const id of pipelineIds) await tools.caller.activate(id);
      return [];
    case 'repeatResults': {
      const violations: string[] = [];
      for (const id of pipelineIds) violations.push(...(await repeatResults(world, id, tools.tokens)));
      return violations;
    }
  }
}

async function repeatSignals({ store, temporal }: World, pipelineId: string): Promise<void> {
  const { instances, waits, leases } = await readLedger(store, pipelineId);
  const tell = (workflowId: string, signal: string, payload: object): Promise<void> =>
    unlessGone(() => temporal.workflow.getHandle(workflowId).signal(signal, payload));
  for (const { instanceId, workflowId } of waits) {
    const status = instances.get(instanceId)?.status;
    if (status !== undefined && isOver(status))
      await tell(workflowId, INSTANCE_ENDED_SIGNAL, { instanceId, status });
  }
  for (const { instanceId, granted } of leases) {
    const workflowId = instances.get(instanceId)?.workflowId;
    if (granted && workflowId !== undefined) await tell(workflowId, LEASE_GRANTED_SIGNAL, { instanceId });
  }
  for (const { id, workflowId, attempts, status } of instances.values()) {
    if (isOver(status)) continue;
    for (const { number, startSeconds } of attempts) {
      if (startSeconds === undefined) continue;
      const startedAt = new Date(startSeconds * 1000).toISOString();
      await tell(workflowId, ATTEMPT_STARTED_SIGNAL, {
        instanceId: id,
        attempt: number,
        startedAt,
        hostname: 'twice',
      });
    }
  }
}

async function repeatResults(world: World, pipelineId: string, tokens: TokenCollector): Promise<string[]> {
  const violations: string[] = [];
  for (const { token, attemptId } of (await tokens.over(pipelineId)).slice(-50)) {
    try {
      await world.temporal.activity.complete(token, {
        startedAt: new Date().toISOString(),
        hostname: 'twice',
      });
      violations.push(`${pipelineId} ${attemptId}: a result was taken after the attempt was over`);
    } catch (error) {
      if (!(error instanceof ActivityNotFoundError)) throw error;
    }
  }
  return violations;
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError) && !(error instanceof ScheduleNotFoundError)) throw error;
  }
}
