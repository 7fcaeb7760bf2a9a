import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpException, Injectable } from '@nestjs/common';
import { ACTIONS } from '../../model/access/actions.js';
import { askedFor, objectIds, pipelineIdOf, type AskedFor } from '../../model/audit/asked-for.js';
import { actionOf, auditRuleOf } from '../../model/audit/audited.js';
import type { AuditEntry } from '../../model/audit/audit-record.js';
import { AccessDenied, ApiError, TaskNotFound } from '../../model/errors.js';
import { clientOf } from '../http/client.js';
import type { Call, CallObserver, EndedCall } from '../http/call.js';
import { TaskIds } from '../task-runners/task-id.js';
import { AuditDigests } from './audit-digests.js';
import { AuditLog } from './audit-log.js';

/** What a protocol knows of a call beside `Call`. */
export interface AuditedCall {
  readonly call: Call;
  readonly request: IncomingMessage;
  readonly protocol: 'aws-json' | 'rest';
  /** Of what it is about, from the path. */
  readonly path?: AskedFor;
}

/** Errors by which the AWS endpoint says that who calls was not proved. Source: api.md 1.1. */
const UNPROVED: ReadonlySet<string> = new Set([
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'Unauthorized',
]);

/**
 * Sees to it that what is audited has its record: `around` for calls that are let in, one hook a protocol, and `ended`, for both, for
 * those that are not. Operations and handlers know nothing of it.
 */
@Injectable()
export class AuditedCalls implements CallObserver {
  constructor(
    private readonly auditLog: AuditLog,
    private readonly digests: AuditDigests,
    private readonly taskIds: TaskIds,
  ) {}

  /**
   * Carries out a call that was let in. A change is noted before it begins, and is not answered before its record is written.
   * @throws InternalServiceError when there can be no record; whatever `work` throws.
   */
  async around<T>(audited: AuditedCall, work: () => Promise<T>): Promise<T> {
    const { call } = audited;
    const action = actionOf(call.operation ?? 'unknown');
    const rule = auditRuleOf(action);
    if (rule === 'never') return work();
    if (rule === 'gives') return this.#given(audited, await work());

    const begun = this.#entryOf(audited);
    const [before] = await Promise.all([
      this.digests.of(action, {
        pipelineId: audited.path?.pipelineId ?? pipelineIdOf(call.pipelineId),
        objectIds: audited.path?.objectIds,
      }),
      this.auditLog.begin(begun),
    ]);
    call.audited = true;
    const end = async (facts: Partial<AuditEntry>, made: AskedFor = {}): Promise<void> => {
      // What the handler has read of the request is known now.
      const asked = this.#entryOf(audited);
      const madeIds = objectIds([...new Set([...(asked.objectIds ?? []), ...(made.objectIds ?? [])])]);
      const count = asked.objectCount === undefined ? {} : { objectCount: asked.objectCount };
      const entry = { ...asked, ...made, ...madeIds, ...count, ...facts, id: begun.id, at: begun.at };
      const { pipelineId, objectIds: ids } = entry;
      const after = await this.digests.of(action, { pipelineId, objectIds: ids });
      const digests = { ...(before && { before }), ...(after && { after }) };
      await this.auditLog.end({ ...entry, ...digests }, { begun: true });
    };
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      if (error instanceof AccessDenied || call.denied === true) {
        // Told by `ended`, as every other refusal, so that those are bounded.
        call.audited = false;
        await this.auditLog.forget(begun);
      } else await end({ outcome: 'failed', error: errorNameOf(error) });
      throw error;
    }
    await end({ outcome: 'ok' }, madeBy(answer));
    return answer;
  }

  /** A call is over: if it was refused, the log says so. */
  ended({ call, request, response }: EndedCall): void {
    if (call.audited === true) return;
    const { error = '' } = call;
    const isDenied =
      call.principal !== undefined &&
      (call.denied === true || error === 'AccessDeniedException' || response.statusCode === 403);
    const isUnproved = call.principal === undefined && (UNPROVED.has(error) || response.statusCode === 401);
    if (!isDenied && !isUnproved) return;
    const protocol = request.method === 'POST' && request.url?.split('?')[0] === '/' ? 'aws-json' : 'rest';
    const outcome = isDenied ? 'denied' : 'unauthenticated';
    const entry = { ...this.#entryOf({ call, request, protocol }), outcome } as const;
    const claimed = isUnproved ? claimedCredentialOf(request) : undefined;
    const asked = call.operation === undefined ? claimedActionOf(request) : undefined;
    this.auditLog.refused(
      {
        ...entry,
        error: error === '' ? String(response.statusCode) : error,
        ...(claimed === undefined ? {} : { claimedCredentialId: claimed }),
        ...(asked === undefined ? {} : { action: asked }),
      },
      call.principal?.arn ?? (call.client ?? clientOf(request)).address,
    );
  }

  /** A task that is given out is told of before it is: what it holds may be secret. */
  async #given<T>(audited: AuditedCall, answer: T): Promise<T> {
    const task = typeof answer === 'object' && answer !== null && 'taskObject' in answer && answer.taskObject;
    if (typeof task !== 'object' || task === null) return answer;
    const { pipelineId, attemptId } = task as { readonly pipelineId?: string; readonly attemptId?: string };
    const entry = {
      ...this.#entryOf(audited),
      outcome: 'ok',
      ...(pipelineId === undefined ? {} : { pipelineId }),
      ...objectIds(attemptId === undefined ? [] : [attemptId]),
    } as const;
    await this.auditLog.end(entry, { begun: false });
    return answer;
  }

  #entryOf({ call, request, protocol, path = {} }: AuditedCall): AuditEntry {
    const { operation, principal, members = {} } = call;
    const { address, userAgent } = call.client ?? clientOf(request);
    const pipelineId = pipelineIdOf(call.pipelineId);
    const task = typeof members['taskId'] === 'string' ? this.#attemptOf(members['taskId']) : {};
    return {
      id: randomUUID(),
      at: new Date().toISOString(),
      action: operation === undefined ? 'unknown' : actionOf(operation),
      outcome: 'unknown',
      requestId: call.requestId,
      protocol,
      ...(principal === undefined ? {} : { actor: actorOf(principal) }),
      source: { address, ...(userAgent === undefined ? {} : { userAgent }) },
      ...(pipelineId === undefined ? {} : { pipelineId }),
      ...askedFor(members),
      ...task,
      ...path,
    };
  }

  /** Whose task it is, when it is one of ours. */
  #attemptOf(taskId: string): AskedFor {
    try {
      const { attemptId, workflowId } = this.taskIds.read(taskId);
      const pipelineId = pipelineIdOf(workflowId.split('/')[0]);
      return { ...(pipelineId === undefined ? {} : { pipelineId }), ...objectIds([attemptId]) };
    } catch (error) {
      if (error instanceof TaskNotFound) return {};
      throw error;
    }
  }
}

function actorOf({
  arn,
  name,
  by,
  credentialId,
  role,
}: NonNullable<Call['principal']>): NonNullable<AuditEntry['actor']> {
  return { arn, name, by, credentialId, ...(role === undefined ? {} : { role }) };
}

function errorNameOf(error: unknown): string {
  if (error instanceof ApiError) return error.wire;
  if (error instanceof HttpException) return String(error.getStatus());
  return 'InternalServiceError';
}

/** What a call has made, by the id in its answer. */
function madeBy(answer: unknown): AskedFor {
  if (typeof answer !== 'object' || answer === null) return {};
  const { pipelineId, id, credentialId, accessKeyId } = answer as Readonly<Record<string, unknown>>;
  const made = pipelineIdOf(pipelineId) ?? (String(id).startsWith('df-') ? pipelineIdOf(id) : undefined);
  if (made !== undefined) return { pipelineId: made };
  const other = [credentialId, accessKeyId, id].find((each) => typeof each === 'string');
  return typeof other === 'string' ? objectIds([other]) : {};
}

/** The id of the access key that a signature names, proved or not. */
function claimedCredentialOf({ headers, url = '' }: IncomingMessage): string | undefined {
  const given = /Credential=([^/,\s]{1,128})/.exec(headers.authorization ?? '')?.[1];
  if (given !== undefined) return given;
  return /[?&]X-Amz-Credential=([\w-]{1,128})/i.exec(url)?.[1];
}

/** The action that an unproved call of the AWS endpoint names, when there is such an action. */
function claimedActionOf({ headers }: IncomingMessage): string | undefined {
  const target = headers['x-amz-target'];
  const operation = typeof target === 'string' ? target.split('.')[1] : undefined;
  const action = actionOf(operation ?? 'unknown');
  return Object.hasOwn(ACTIONS, action) ? action : undefined;
}
