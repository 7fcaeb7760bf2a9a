import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AuditHead } from '../../model/audit/audit-chain.js';
import {
  AUDIT_OUTCOMES,
  type AuditDigest,
  type AuditOutcome,
  type AuditRecord,
  type AuditRepetition,
} from '../../model/audit/audit-record.js';
import { ROLES } from '../../model/access/principal.js';

const SHA256_PATTERN = '^[0-9a-f]{64}$';

/** Who called. */
export class AuditActorView implements NonNullable<AuditRecord['actor']> {
  @ApiProperty({ example: 'arn:aws:iam::000000000000:user/anna' })
  arn!: string;
  @ApiProperty({ example: 'anna' })
  name!: string;
  @ApiProperty({ enum: ['access-key', 'api-token', 'oidc'] })
  by!: 'access-key' | 'api-token' | 'oidc';
  @ApiProperty({ description: 'Id of the key or token, never its secret' })
  credentialId!: string;
  @ApiPropertyOptional({ enum: [...ROLES] })
  role?: string;
}

/** From where. */
export class AuditSourceView implements NonNullable<AuditRecord['source']> {
  @ApiProperty({ example: '192.0.2.7' })
  address!: string;
  @ApiPropertyOptional({ example: 'aws-cli/1.46.2' })
  userAgent?: string;
}

/** What something was, without what it holds. */
export class AuditDigestView implements AuditDigest {
  @ApiProperty({ enum: ['definition', 'tags', 'pauses', 'key'] })
  of!: AuditDigest['of'];
  @ApiPropertyOptional({ description: 'Of a definition: its version' })
  version?: number;
  @ApiProperty({
    pattern: SHA256_PATTERN,
    description: 'SHA-256 of its canonical JSON (RFC 8785), secrets masked',
  })
  sha256!: string;
}

/** Calls of one source. */
export class AuditSourceCountView {
  @ApiProperty({ description: 'Address, or ARN of the principal' })
  source!: string;
  @ApiProperty()
  count!: number;
}

/** Refused calls beyond those with records of their own. */
export class AuditRepetitionView implements AuditRepetition {
  @ApiProperty()
  count!: number;
  @ApiProperty({ format: 'date-time' })
  from!: string;
  @ApiProperty({ format: 'date-time' })
  to!: string;
  @ApiProperty({ type: [AuditSourceCountView], description: 'Those with the most calls' })
  sources!: readonly AuditSourceCountView[];
  @ApiProperty({ description: 'Calls of all others' })
  others!: number;
}

/** A record of the audit log. */
export class AuditRecordView implements AuditRecord {
  @ApiProperty({ minimum: 1, description: '1, 2, 3, … without gaps' })
  sequence!: number;
  @ApiProperty({ pattern: SHA256_PATTERN, description: '`hash` of the record before; zeros in the first' })
  previous!: string;
  @ApiProperty({ pattern: SHA256_PATTERN, description: 'SHA-256 of the canonical JSON of all other members' })
  hash!: string;
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'date-time', description: 'When the call came' })
  at!: string;
  @ApiProperty({
    example: 'datapipeline:SetStatus',
    description: '`unknown` when it was refused before that was read',
  })
  action!: string;
  @ApiProperty({ enum: [...AUDIT_OUTCOMES] })
  outcome!: AuditOutcome;
  @ApiPropertyOptional({ description: 'Name of the error that was answered' })
  error?: string;
  @ApiPropertyOptional({ format: 'uuid' })
  requestId?: string;
  @ApiPropertyOptional({ enum: ['aws-json', 'rest'] })
  protocol?: 'aws-json' | 'rest';
  @ApiPropertyOptional({ type: AuditActorView })
  actor?: AuditActorView;
  @ApiPropertyOptional({ description: 'Id of the credential that an unproved call named' })
  claimedCredentialId?: string;
  @ApiPropertyOptional({ type: AuditSourceView })
  source?: AuditSourceView;
  @ApiPropertyOptional({ example: 'df-0123456789ABCDEFGHIJ' })
  pipelineId?: string;
  @ApiPropertyOptional({ type: [String], description: 'The first 20 of what it was about' })
  objectIds?: readonly string[];
  @ApiPropertyOptional({ description: 'How many there were, when not all are named' })
  objectCount?: number;
  @ApiPropertyOptional()
  workerGroup?: string;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
    description: 'What was asked for, as far as it is a command and no content',
  })
  parameters?: Readonly<Record<string, string | number | boolean>>;
  @ApiPropertyOptional({ type: AuditDigestView })
  before?: AuditDigestView;
  @ApiPropertyOptional({ type: AuditDigestView })
  after?: AuditDigestView;
  @ApiPropertyOptional({ type: AuditRepetitionView })
  repeated?: AuditRepetitionView;
}

/** A page of the audit log, newest first. */
export class AuditListView {
  @ApiProperty({ type: [AuditRecordView] })
  records!: readonly AuditRecordView[];
  @ApiPropertyOptional({ description: '`after` of the next page; absent on the last' })
  next?: string;
}

/** Where the chain stands: a checkpoint, when it is kept elsewhere. */
export class AuditHeadView implements AuditHead {
  @ApiProperty({ minimum: 0, description: 'Of the newest record; 0 when there is none' })
  sequence!: number;
  @ApiProperty({ pattern: SHA256_PATTERN })
  hash!: string;
}
