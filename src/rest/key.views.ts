import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { ROLES, type Role } from '../../model/access/principal.js';
import { stateOf, type MadeKey } from '../access/keys.js';
import { Text } from '../aws-json/text.js';
import type { Key } from '../store/access-store.js';
import { RestInput } from './openapi-constraints.js';

const KINDS = ['access-key', 'api-token'] as const;
/** Our choice: IAM's number of policies of a user. */
const MAXIMUM_POLICIES = 10;
const MAXIMUM_GROUPS = 100;
/** Our choice: longer is no change-over. */
const MAXIMUM_GRACE_SECONDS = 30 * 86_400;
/** Time to bring a new secret to where the old one is used. Our choice. */
export const DEFAULT_GRACE_SECONDS = 86_400;

/** Request of POST /v1/keys. */
@RestInput()
export class NewKeyInput {
  @ApiProperty({
    example: 'alice',
    description: 'Of the user; its ARN ends in it. Characters as in names of IAM users',
  })
  @Matches(/^[\w+=,.@-]{1,64}$/, {
    message: 'name "$value": expected 1 to 64 letters, digits or any of _+=,.@-',
  })
  name!: string;

  @ApiPropertyOptional({
    enum: KINDS,
    default: 'access-key',
    description:
      'An access key signs calls of AWS clients, and its secret is a bearer token; an API token is only that',
  })
  @IsOptional()
  @IsIn(KINDS)
  kind?: (typeof KINDS)[number];

  @ApiPropertyOptional({ enum: ROLES, description: 'What it may do on every pipeline' })
  @IsOptional()
  @IsIn(ROLES)
  role?: Role;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'IAM-style policies: they allow more than the role does, or deny',
    maxItems: MAXIMUM_POLICIES,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_POLICIES)
  @IsObject({ each: true })
  policies?: object[];

  @ApiPropertyOptional({
    type: [String],
    description:
      'In place of role and policies: the worker groups that a task runner may serve with it, and nothing else',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_GROUPS)
  @Text({ min: 1, max: 1024 }, { each: true })
  workerGroups?: string[];

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ends; absent: never' })
  @IsOptional()
  @Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/, {
    message: 'expiresAt "$value": expected an instant such as 2030-01-01T00:00:00Z',
  })
  expiresAt?: string;

  @ApiPropertyOptional({
    default: false,
    description: "Temporary credentials, as AWS's: with a session token, until expiresAt",
  })
  @IsOptional()
  @IsBoolean()
  temporary?: boolean;
}

/** Request of POST /v1/keys/{keyId}/rotate. */
@RestInput()
export class RotateKeyInput {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: MAXIMUM_GRACE_SECONDS,
    default: DEFAULT_GRACE_SECONDS,
    description: 'How long the old key is valid yet',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAXIMUM_GRACE_SECONDS)
  graceSeconds?: number;
}

/** A key, without its secret. */
export class KeyView {
  @ApiProperty({ description: 'The access key id, or the id of the token' })
  id!: string;
  @ApiProperty({ enum: KINDS })
  kind!: (typeof KINDS)[number];
  @ApiProperty()
  name!: string;
  @ApiPropertyOptional({ enum: ROLES })
  role?: Role;
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  policies!: readonly object[];
  @ApiPropertyOptional({ type: [String] })
  workerGroups?: readonly string[];
  @ApiProperty({ description: 'It has a session token' })
  temporary!: boolean;
  @ApiProperty({ enum: ['valid', 'expired', 'revoked'] })
  state!: 'valid' | 'expired' | 'revoked';
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ description: 'ARN of who made it' })
  createdBy!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  expiresAt?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  revokedAt?: string;
  @ApiPropertyOptional()
  revokedBy?: string;
  @ApiPropertyOptional({ description: 'Id of the key that it was rotated to' })
  replacedBy?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Within ten minutes; absent: never' })
  lastUsedAt?: string;
}

/** A key that was just made, with its secret: it is shown this once. */
export class MadeKeyView extends KeyView {
  @ApiPropertyOptional({ description: 'Of an access key' })
  secretAccessKey?: string;
  @ApiPropertyOptional({ description: 'Of a temporary access key' })
  sessionToken?: string;
  @ApiPropertyOptional({ description: 'Of an API token' })
  token?: string;
  @ApiProperty({ type: [String], description: 'What in its policies has no effect here' })
  notes!: readonly string[];
}

export class KeyListView {
  @ApiProperty({ type: [KeyView] })
  keys!: KeyView[];
  @ApiPropertyOptional({ description: '`after` of the next page' })
  next?: string;
}

/** Who calls, and what it may do. */
export class CallerView {
  @ApiProperty({ example: 'arn:aws:iam::000000000000:user/alice' })
  arn!: string;
  @ApiProperty({ example: 'alice' })
  name!: string;
  @ApiProperty({ enum: ['access-key', 'api-token', 'oidc'] })
  by!: string;
  @ApiProperty({ description: 'Id of the key or token' })
  credentialId!: string;
  @ApiPropertyOptional({ enum: ROLES })
  role?: Role;
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  policies!: readonly unknown[];
}

/** A key as REST shows it. */
export function keyView(key: Key, now: Date): KeyView {
  return factsOf(key, now);
}

/** A new key as REST shows it. */
export function madeKeyView({ key, secrets, notes }: MadeKey, now: Date): MadeKeyView {
  return { ...factsOf(key, now), ...secrets, notes };
}

function factsOf({ isTemporary, ...key }: Key, now: Date) {
  return { ...key, temporary: isTemporary, state: stateOf(key, now) };
}
