import { describe, expect, it } from 'vitest';
import type { AuditRecord } from './audit-record.js';
import { cloudTrailOf } from './cloud-trail.js';

const RECORD: AuditRecord = {
  sequence: 7,
  previous: 'b'.repeat(64),
  hash: 'a'.repeat(64),
  id: '6b1f0f5e-6a55-4c3b-9d7e-2f4f2f3a1c11',
  at: '2026-11-21T10:00:00.123Z',
  action: 'datapipeline:SetStatus',
  outcome: 'ok',
  requestId: 'r-1',
  protocol: 'aws-json',
  actor: {
    arn: 'arn:aws:iam::123456789012:user/anna',
    name: 'anna',
    by: 'access-key',
    credentialId: 'PSK1',
    role: 'operator',
  },
  source: { address: '192.0.2.7', userAgent: 'aws-cli/1.46.2' },
  pipelineId: 'df-1',
  objectIds: ['@A_2030-01-01T00:00:00'],
  parameters: { status: 'RERUN' },
};
const inRegion = { region: 'eu-west-1' };

describe('the form of CloudTrail', () => {
  it('has what CloudTrail has of a call, where CloudTrail has it', () => {
    expect(cloudTrailOf(RECORD, inRegion)).toEqual({
      eventVersion: '1.08',
      userIdentity: {
        type: 'IAMUser',
        principalId: 'PSK1',
        arn: 'arn:aws:iam::123456789012:user/anna',
        accountId: '123456789012',
        accessKeyId: 'PSK1',
        userName: 'anna',
      },
      eventTime: '2026-11-21T10:00:00Z',
      eventSource: 'datapipeline.amazonaws.com',
      eventName: 'SetStatus',
      awsRegion: 'eu-west-1',
      sourceIPAddress: '192.0.2.7',
      userAgent: 'aws-cli/1.46.2',
      requestParameters: { pipelineId: 'df-1', objectIds: ['@A_2030-01-01T00:00:00'], status: 'RERUN' },
      responseElements: null,
      additionalEventData: {
        sequence: 7,
        hash: 'a'.repeat(64),
        outcome: 'ok',
        protocol: 'aws-json',
        provedBy: 'access-key',
        role: 'operator',
      },
      requestID: 'r-1',
      eventID: RECORD.id,
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '123456789012',
      eventCategory: 'Management',
    });
  });

  it.each([
    ['failed', 'InvalidRequestException', 'InvalidRequestException'],
    ['denied', 'AccessDeniedException', 'AccessDeniedException'],
    ['unauthenticated', undefined, 'AccessDenied'],
    ['unknown', undefined, 'OutcomeUnknown'],
    ['ok', undefined, undefined],
  ] as const)('of a call that is %s with error %s has errorCode %s', (outcome, error, errorCode) => {
    const record = { ...RECORD, outcome, ...(error === undefined ? {} : { error }) };
    expect(cloudTrailOf(record, inRegion).errorCode).toBe(errorCode);
  });

  it('names what only Penstock has as its own, and nobody where nobody was proved', () => {
    const { actor: _actor, ...record } = {
      ...RECORD,
      action: 'penstock:CreateKey',
      claimedCredentialId: 'PSK9',
    };
    expect(cloudTrailOf(record, inRegion)).toMatchObject({
      eventSource: 'penstock',
      eventName: 'CreateKey',
      userIdentity: { type: 'Unknown', accessKeyId: 'PSK9' },
    });
    expect(cloudTrailOf({ ...record, action: 'unknown' }, inRegion).eventName).toBe('Unknown');
  });
});
