import { randomBytes } from 'node:crypto';
import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { readPolicy } from '../../model/access/policy.js';
import type { Role } from '../../model/access/principal.js';
import { InvalidRequest } from '../../model/errors.js';
import { seal } from '../../sealing/sealing.js';
import { newAccessKeyId, newSecretAccessKey } from '../config/credentials.js';
import { AccessStore, KeyNameTaken, type Key, type StoredSecret } from '../store/access-store.js';
import { hasExpired, hashOf, Identity, sealedFor } from './identity.js';
import { principalOfCall } from './access-control.js';
import { SealingKey } from './sealing-key.js';

/** What a new key is to be. */
export interface WantedKey {
  readonly name: string;
  readonly kind: Key['kind'];
  readonly role?: Role;
  /** IAM-style policies. */
  readonly policies: readonly object[];
  /** In place of role and policies: what a task runner may serve. */
  readonly workerGroups?: readonly string[];
  readonly expiresAt?: Date;
  /** With a session token, as AWS's temporary credentials. */
  readonly isTemporary: boolean;
}

/** The secrets of a new key: shown this once. */
export interface KeySecrets {
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly token?: string;
}

/** A key that was just made. */
export interface MadeKey {
  readonly key: Key;
  readonly secrets: KeySecrets;
  /** What of its policies has no effect here. */
  readonly notes: readonly string[];
}

/** Makes, rotates and revokes access keys and API tokens. */
@Injectable()
export class Keys {
  constructor(
    private readonly store: AccessStore,
    private readonly identity: Identity,
    private readonly sealing: SealingKey,
  ) {}

  /** @throws InvalidRequest with everything that is wrong; ConflictException when the name is taken. */
  async create(wanted: WantedKey, now: Date): Promise<MadeKey> {
    const { problems, notes } = check(wanted, now);
    if (problems.length > 0) throw new InvalidRequest(problems.join('; '));
    // Its pipelines and its rights would be one user's with those of the profile.
    if (this.identity.isProfile(wanted.name)) {
      throw new ConflictException(
        `name "${wanted.name}" is a profile of the credentials file: expected another name`,
      );
    }
    const { expiresAt, ...rest } = wanted;
    const made = this.made({
      ...rest,
      id: newIdOf(wanted.kind),
      createdAt: now.toISOString(),
      createdBy: principalOfCall().arn,
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    });
    try {
      await this.store.create({ ...made.key, ...made.stored }, now);
    } catch (error) {
      if (!(error instanceof KeyNameTaken)) throw error;
      throw new ConflictException(
        `name "${wanted.name}" is of a key that is valid: expected another name, or revoke that key, or rotate it`,
      );
    }
    return { key: made.key, secrets: made.secrets, notes };
  }

  /** A new key with the same rights; the old one is valid for `graceSeconds` more. @throws as `create`, `get` */
  async rotate(id: string, graceSeconds: number, now: Date): Promise<MadeKey> {
    const old = await this.get(id);
    if (old.isTemporary) {
      throw new ConflictException(`key ${id} is temporary: expected one that is not; make a new one instead`);
    }
    const made = this.made({
      ...old,
      id: newIdOf(old.kind),
      createdAt: now.toISOString(),
      createdBy: principalOfCall().arn,
    });
    const oldEndsAt = new Date(now.getTime() + graceSeconds * 1000);
    const isReplaced = await this.store.replace(id, { ...made.key, ...made.stored }, oldEndsAt, now);
    if (!isReplaced) {
      const { replacedBy } = await this.get(id);
      throw new ConflictException(
        replacedBy === undefined
          ? `key ${id} is not valid any more: expected a valid one`
          : `key ${id} was rotated already: expected its successor, ${replacedBy}`,
      );
    }
    return { key: made.key, secrets: made.secrets, notes: [] };
  }

  /** Refuses the key from the next call on. @throws NotFoundException */
  async revoke(id: string, now: Date): Promise<Key> {
    await this.get(id);
    await this.store.revoke(id, principalOfCall().arn, now);
    return this.get(id);
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<Key> {
    const key = /^[\w-]{1,128}$/.test(id) ? await this.store.get(id) : undefined;
    if (key !== undefined) return key;
    throw new NotFoundException(
      `There is no key ${JSON.stringify(id.slice(0, 128))}: expected the id of one, as the list has it`,
    );
  }

  private made(key: Omit<Key, 'revokedAt' | 'revokedBy' | 'replacedBy' | 'lastUsedAt'>): {
    key: Key;
    secrets: KeySecrets;
    stored: StoredSecret;
  } {
    const { id, kind, name, role, policies, workerGroups, isTemporary, createdAt, createdBy, expiresAt } =
      key;
    const own: Key = {
      id,
      kind,
      name,
      ...(role === undefined ? {} : { role }),
      policies,
      ...(workerGroups === undefined ? {} : { workerGroups }),
      isTemporary,
      createdAt,
      createdBy,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    if (kind === 'api-token') {
      // The prefix lets scanners of secrets find it.
      const token = `pst_${randomBytes(32).toString('base64url')}`;
      return { key: own, secrets: { token }, stored: { secretHash: hashOf(token) } };
    }
    const secretAccessKey = newSecretAccessKey();
    const sessionToken = isTemporary ? randomBytes(96).toString('base64') : undefined;
    return {
      key: own,
      secrets: { secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      stored: {
        sealedSecret: seal(secretAccessKey, this.sealing.read(), sealedFor(id)),
        secretHash: hashOf(secretAccessKey),
        ...(sessionToken === undefined ? {} : { sessionTokenHash: hashOf(sessionToken) }),
      },
    };
  }
}

/** `valid` keys may be used. */
export function stateOf(
  key: Pick<Key, 'revokedAt' | 'expiresAt'>,
  now: Date,
): 'valid' | 'expired' | 'revoked' {
  if (key.revokedAt !== undefined) return 'revoked';
  return hasExpired(key, now) ? 'expired' : 'valid';
}

function check(wanted: WantedKey, now: Date): { problems: string[]; notes: string[] } {
  const { role, policies, workerGroups, expiresAt, isTemporary, kind } = wanted;
  const problems: string[] = [];
  const notes: string[] = [];
  const given = [
    ...(role === undefined ? [] : ['role']),
    ...(policies.length === 0 ? [] : ['policies']),
    ...(workerGroups === undefined ? [] : ['workerGroups']),
  ];
  if (given.length === 0)
    problems.push(
      'the key could do nothing: expected role, policies (which may go with a role), or workerGroups',
    );
  if (workerGroups !== undefined && given.length > 1)
    problems.push(
      `workerGroups and ${given.slice(0, -1).join(', ')} are given: expected workerGroups alone, for a task runner, or the others`,
    );
  if (workerGroups?.length === 0) problems.push('workerGroups is empty: expected one group at least');
  if (workerGroups !== undefined && kind === 'api-token')
    problems.push(
      'kind "api-token" with workerGroups: expected "access-key", for task runners sign their calls',
    );
  if (expiresAt !== undefined && expiresAt <= now)
    problems.push(`expiresAt ${expiresAt.toISOString()} is past: expected a time to come`);
  if (isTemporary && kind === 'api-token')
    problems.push(
      'temporary with kind "api-token": expected "access-key", whose session token makes it temporary',
    );
  if (isTemporary && expiresAt === undefined)
    problems.push('temporary without expiresAt: expected the end of its time');
  policies.forEach((document, index) => {
    const read = readPolicy(document);
    problems.push(...read.problems.map((text) => `policies[${index}]: ${text}`));
    notes.push(...read.notes.map((text) => `policies[${index}]: ${text}`));
  });
  return { problems, notes };
}

function newIdOf(kind: Key['kind']): string {
  return kind === 'access-key' ? newAccessKeyId() : `tok-${randomBytes(8).toString('hex')}`;
}
