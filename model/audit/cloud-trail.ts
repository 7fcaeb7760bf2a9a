import type { AuditRecord } from './audit-record.js';

/** A record in CloudTrail's form. Source: "CloudTrail record contents" of AWS's user guide, event version 1.08. */
export interface CloudTrailRecord {
  readonly eventVersion: '1.08';
  readonly userIdentity: {
    readonly type: 'IAMUser' | 'WebIdentityUser' | 'Unknown';
    readonly principalId?: string;
    readonly arn?: string;
    readonly accountId?: string;
    readonly accessKeyId?: string;
    readonly userName?: string;
  };
  /** To the second, as CloudTrail has it. */
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: null;
  /** What CloudTrail has no place for, our chain among it. */
  readonly additionalEventData: Readonly<Record<string, unknown>>;
  readonly requestID?: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly eventType: 'AwsApiCall';
  readonly managementEvent: true;
  readonly recipientAccountId?: string;
  readonly eventCategory: 'Management';
}

/**
 * The record in CloudTrail's form, for tools that read that. `eventSource` is AWS's for AWS's operations and `penstock` for what only
 * Penstock has; a refused call whose error is a number was refused by REST with that status. The chain cannot be verified from it: its
 * numbers and hashes are there, in `additionalEventData`, to find a record in an export that can.
 */
export function cloudTrailOf(record: AuditRecord, { region }: { readonly region: string }): CloudTrailRecord {
  const { action, actor, claimedCredentialId, source, error, outcome, requestId, parameters } = record;
  const { pipelineId, objectIds, objectCount, workerGroup, before, after, repeated, protocol } = record;
  const [service, name = 'Unknown'] = action.split(':');
  const accountId = /^arn:aws:iam::(\d{12}):/.exec(actor?.arn ?? '')?.[1];
  const accessKeyId = actor?.credentialId ?? claimedCredentialId;
  const asked = {
    ...parameters,
    ...(pipelineId === undefined ? {} : { pipelineId }),
    ...(objectIds === undefined ? {} : { objectIds }),
    ...(objectCount === undefined ? {} : { objectCount }),
    ...(workerGroup === undefined ? {} : { workerGroup }),
  };
  return {
    eventVersion: '1.08',
    userIdentity: {
      type: actor === undefined ? 'Unknown' : actor.by === 'oidc' ? 'WebIdentityUser' : 'IAMUser',
      ...(actor === undefined
        ? {}
        : { principalId: actor.credentialId, arn: actor.arn, userName: actor.name }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
    },
    eventTime: `${record.at.slice(0, 19)}Z`,
    eventSource: service === 'penstock' ? 'penstock' : 'datapipeline.amazonaws.com',
    eventName: name,
    awsRegion: region,
    sourceIPAddress: source?.address ?? 'unknown',
    userAgent: source?.userAgent ?? '',
    ...errorCodeOf(outcome, error),
    requestParameters: Object.keys(asked).length === 0 ? null : asked,
    responseElements: null,
    additionalEventData: {
      sequence: record.sequence,
      hash: record.hash,
      outcome,
      ...(protocol === undefined ? {} : { protocol }),
      ...(actor === undefined ? {} : { provedBy: actor.by }),
      ...(actor?.role === undefined ? {} : { role: actor.role }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(repeated === undefined ? {} : { repeated }),
    },
    ...(requestId === undefined ? {} : { requestID: requestId }),
    eventID: record.id,
    // A task that was given out has changed who has it.
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    ...(accountId === undefined ? {} : { recipientAccountId: accountId }),
    eventCategory: 'Management',
  };
}

/** CloudTrail's consumers take a call without `errorCode` for one that succeeded. */
function errorCodeOf(
  outcome: AuditRecord['outcome'],
  error: string | undefined,
): { readonly errorCode?: string } {
  if (outcome === 'ok') return {};
  const fallback = {
    failed: 'Failed',
    denied: 'AccessDenied',
    unauthenticated: 'AccessDenied',
    unknown: 'OutcomeUnknown',
  };
  return { errorCode: error ?? fallback[outcome] };
}
