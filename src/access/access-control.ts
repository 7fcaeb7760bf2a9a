import { Injectable } from '@nestjs/common';
import { traitsOf, type Action } from '../../model/access/actions.js';
import { decide, dependsOn, type AccessRequest, type Decision } from '../../model/access/decide.js';
import type { PipelineFacts, RequestTag } from '../../model/access/policy-condition.js';
import type { Principal } from '../../model/access/principal.js';
import { workerGroupsOf } from '../../model/access/worker-groups.js';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { AccessDenied, ApiError, PipelineNotFound } from '../../model/errors.js';
import { currentCall } from '../http/current-call.js';
import { PipelineStore } from '../store/pipeline-store.js';

/** What a call is about, as far as its input says. */
export interface AccessSubject {
  readonly pipelineIds?: readonly string[];
  /** Of a poll, or of a task. */
  readonly workerGroups?: readonly string[];
  /** The definition that is put, checked or put in force; absent: the stored one, where the action has to do with one. */
  readonly definition?: PipelineDefinition;
  readonly requestTags?: readonly RequestTag[];
}

/** How late a stream may learn that tags of a pipeline have changed. Our choice. */
const SEEN_AGAIN_AFTER_MS = 5_000;

const DESCRIBE: Action = 'datapipeline:DescribePipelines';
const LIST_WORKERS: Action = 'penstock:ListWorkers';

/** Whether a principal may do an action on a subject; the rules are in model/access, what they look at is read here. */
@Injectable()
export class AccessControl {
  constructor(private readonly pipelines: PipelineStore) {}

  /**
   * What can be said before the input of a call is read: refuses who may not do the action on these pipelines whatever the input.
   * Where the input matters too, its handler calls `check`.
   * @throws AccessDenied; PipelineNotFound for a pipeline that the caller may not describe
   */
  async precheck(principal: Principal, action: Action, pipelineIds: readonly string[] = []): Promise<void> {
    const decision = decide(principal, {
      action,
      pipeline: 'unknown',
      workerGroups: 'unknown',
      requestTags: 'unknown',
    });
    if (!decision.allowed) throw denied(principal, action, decision);
    const { on, decidedWithInput } = traitsOf(action);
    const needsInput = decidedWithInput === true;
    const facts = needsInput ? ({ workerGroups: 'unknown', requestTags: 'unknown' } as const) : {};
    if (pipelineIds.length > 0) await this.onPipelines(principal, action, pipelineIds, facts);
    else if (!needsInput && on === 'service') this.on(principal, { action });
  }

  /**
   * Refuses what `precheck` could not decide without the input, for the caller of the call that is being served. Operations do it
   * themselves, so that it holds in whichever protocol they are called. Errors as of `precheck`.
   */
  async check(action: Action, subject: AccessSubject): Promise<void> {
    const principal = principalOfCall();
    const { pipelineIds = [], workerGroups, requestTags, definition } = subject;
    const facts = {
      ...(workerGroups === undefined ? {} : { workerGroups }),
      ...(requestTags === undefined ? {} : { requestTags }),
    };
    if (pipelineIds.length > 0) await this.onPipelines(principal, action, pipelineIds, facts, definition);
    else {
      // What is being made has the tags that it is made with. Source: AWS's Service Authorization Reference, CreatePipeline.
      const tags = (requestTags ?? []).map(({ key, value = '' }) => ({ key, value }));
      const pipeline = { creator: principal.arn, tags };
      this.on(principal, {
        action,
        ...facts,
        ...(action === 'datapipeline:CreatePipeline' ? { pipeline } : {}),
      });
    }
  }

  /** Which pipelines the caller, or the principal given, may see; undefined: all. */
  visible(principal = principalOfCall()): ((pipeline: PipelineFacts) => boolean) | undefined {
    if (!dependsOn(principal, DESCRIBE, 'pipeline')) {
      const { allowed } = decide(principal, { action: DESCRIBE });
      return allowed ? undefined : () => false;
    }
    return (pipeline) => decide(principal, { action: DESCRIBE, pipeline }).allowed;
  }

  /** Which worker groups the caller may see. */
  visibleGroups(): (workerGroup: string) => boolean {
    const principal = principalOfCall();
    return (workerGroup) => decide(principal, { action: LIST_WORKERS, workerGroups: [workerGroup] }).allowed;
  }

  /**
   * Which pipelines the caller may see, for a stream that goes on: asked anew every few seconds. Of one that is deleted meanwhile
   * what was known of it holds.
   */
  watcher(): (pipelineId: string) => Promise<boolean> {
    const isVisible = this.visible();
    if (isVisible === undefined) return async () => true;
    const known = new Map<string, { readonly maySee: boolean; readonly atMs: number }>();
    return async (pipelineId) => {
      const before = known.get(pipelineId);
      if (before !== undefined && Date.now() - before.atMs < SEEN_AGAIN_AFTER_MS) return before.maySee;
      const maySee = await this.pipelines.get(pipelineId).then(isVisible, (error: unknown) => {
        if (error instanceof ApiError) return before?.maySee === true;
        throw error;
      });
      known.set(pipelineId, { maySee, atMs: Date.now() });
      return maySee;
    };
  }

  private on(principal: Principal, request: AccessRequest): void {
    const decision = decide(principal, request);
    if (!decision.allowed) throw denied(principal, request.action, decision);
  }

  private async onPipelines(
    principal: Principal,
    action: Action,
    pipelineIds: readonly string[],
    facts: Pick<AccessRequest, 'workerGroups' | 'requestTags'>,
    definition?: PipelineDefinition,
  ): Promise<void> {
    const needsGroups =
      traitsOf(action).namesWorkerGroups === true &&
      facts.workerGroups === undefined &&
      dependsOn(principal, action, 'workerGroups');
    if (!needsGroups && !dependsOn(principal, action, 'pipeline')) {
      // The usual case, a role without policies: nothing of the pipeline matters, and nothing is read.
      const decision = decide(principal, { action, ...facts });
      if (decision.allowed) return;
      if (traitsOf(action).on === 'workerGroup') throw denied(principal, action, decision);
    }
    const isVisible = this.visible(principal);
    for (const pipelineId of pipelineIds) {
      const pipeline = await this.pipelines.get(pipelineId).catch((error: unknown) => {
        // That it was deleted is known to those only who may see every pipeline.
        if (error instanceof ApiError && isVisible !== undefined) throw new PipelineNotFound(pipelineId);
        throw error;
      });
      const workerGroups = needsGroups
        ? await this.workerGroups(pipelineId, action, definition)
        : facts.workerGroups;
      const request = {
        action,
        pipeline,
        ...facts,
        ...(workerGroups === undefined ? {} : { workerGroups }),
      };
      const decision = decide(principal, request);
      if (decision.allowed) continue;
      throw isVisible?.(pipeline) === false ? hidden(pipelineId) : denied(principal, action, decision);
    }
  }

  private async workerGroups(
    pipelineId: string,
    action: Action,
    given: PipelineDefinition | undefined,
  ): Promise<string[]> {
    if (given !== undefined) return workerGroupsOf(pipelineId, given);
    const inForce = action === 'datapipeline:DeactivatePipeline' || action === 'penstock:StartBackfill';
    const stored = await this.pipelines.readDefinition(pipelineId, inForce ? 'active' : 'latest');
    return stored === undefined ? [] : workerGroupsOf(pipelineId, stored.definition);
  }
}

/** Who calls. @throws Error outside of a call: what nobody asked for is nobody's right. */
export function principalOfCall(): Principal {
  const principal = currentCall()?.principal;
  if (principal === undefined) throw new Error('Nobody is known to call: expected a call that was let in');
  return principal;
}

/** That it is there is not told; the audit log has it as denied. */
function hidden(pipelineId: string): PipelineNotFound {
  const call = currentCall();
  if (call !== undefined) call.denied = true;
  return new PipelineNotFound(pipelineId);
}

function denied(principal: Principal, action: Action, decision: Decision): AccessDenied {
  // AWS's text.
  const because =
    decision.because === 'a policy denies it'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return new AccessDenied(principal.arn, action, because);
}
