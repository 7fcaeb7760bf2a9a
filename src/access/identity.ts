import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../model/access/principal.js';
import { unseal } from '../../sealing/sealing.js';
import { Config } from '../config/config.js';
import { Credentials, type AccessKey } from '../config/credentials.js';
import { errorFacts, log } from '../config/log.js';
import { AccessStore, type Key, type KeyWithSecret } from '../store/access-store.js';
import { OidcTokens } from './oidc-tokens.js';
import { SealingKey } from './sealing-key.js';

/** A key with which a request may be signed, and whose it is. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** SHA-256 of the session token that the request must have, hex; absent: it must have none. */
  readonly sessionTokenHash?: string;
  /** Its time is over: a right signature says so, and no more. */
  readonly hasExpired: boolean;
  readonly principal: Principal;
}

/** How exact `lastUsedAt` is: one write in so long a time for each key. Our choice. */
const USE_NOTED_EVERY_MS = 10 * 60_000;

/** Whose a credential is. Asks the store at every call, so that what is revoked is refused at once. */
@Injectable()
export class Identity {
  readonly #notedMs = new Map<string, number>();

  constructor(
    private readonly credentials: Credentials,
    private readonly store: AccessStore,
    private readonly sealing: SealingKey,
    private readonly config: Config,
    private readonly oidc: OidcTokens,
  ) {}

  /** The key of this id, for the check of a signature. */
  async findKey(accessKeyId: string, now: Date): Promise<SigningKey | undefined> {
    const profile = this.credentials.find(accessKeyId);
    if (profile !== undefined) return this.ofProfile(profile);
    // As the store's ids are: what cannot be one is not looked up.
    if (!/^[\w-]{1,128}$/.test(accessKeyId)) return undefined;
    const key = await this.store.findAccessKey(accessKeyId);
    if (key?.sealedSecret === undefined) return undefined;
    return {
      accessKeyId,
      secretAccessKey: unseal(key.sealedSecret, this.sealing.read(), sealedFor(accessKeyId)),
      ...(key.sessionTokenHash === undefined ? {} : { sessionTokenHash: key.sessionTokenHash }),
      hasExpired: hasExpired(key, now),
      principal: this.ofKey(key),
    };
  }

  /**
   * Who sends this bearer token: an API token, the secret of an access key, or a token of the OIDC issuer. Undefined when nobody known
   * does. @throws as `OidcTokens`
   */
  async ofBearer(token: string, now: Date): Promise<Principal | undefined> {
    const profile = this.credentials.findBySecret(token);
    if (profile !== undefined) return this.ofProfile(profile).principal;
    if (this.oidc.isOne(token)) return this.oidc.principalOf(token);
    const key = await this.store.findByHash(hashOf(token));
    // A secret that is nothing without its session token is nothing here.
    if (key === undefined || hasExpired(key, now) || key.sessionTokenHash !== undefined) return undefined;
    return this.ofKey(key);
  }

  /** Notes that a stored key was used. */
  noteUse({ credentialId, by }: Principal, now: Date): void {
    if (by === 'oidc') return;
    const noted = this.#notedMs.get(credentialId);
    if (noted !== undefined && now.getTime() - noted < USE_NOTED_EVERY_MS) return;
    if (this.#notedMs.size > 10_000) this.#notedMs.clear();
    this.#notedMs.set(credentialId, now.getTime());
    const since = new Date(now.getTime() - USE_NOTED_EVERY_MS);
    this.store
      .used(credentialId, now, since)
      .catch((error: unknown) => log('warn', 'The use of a key could not be noted', errorFacts(error)));
  }

  /** Whether a profile of the credentials file has this name, and with it its ARN. */
  isProfile(name: string): boolean {
    return this.credentials.hasProfile(name);
  }

  /** The ARN of a user by name. */
  arnOf(name: string): string {
    return `arn:aws:iam::${this.config.accountId}:user/${name}`;
  }

  /** Each profile of the credentials file is an admin: who can read that file has the installation. */
  private ofProfile({ profile, accessKeyId, secretAccessKey, sessionToken }: AccessKey): SigningKey {
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionTokenHash: hashOf(sessionToken) }),
      hasExpired: false,
      principal: {
        arn: this.arnOf(profile),
        name: profile,
        by: 'access-key',
        credentialId: accessKeyId,
        role: 'admin',
        policies: [],
      },
    };
  }

  private ofKey({ id, kind, name, role, policies, workerGroups }: KeyWithSecret): Principal {
    return {
      arn: this.arnOf(name),
      name,
      by: kind,
      credentialId: id,
      ...(role === undefined ? {} : { role }),
      policies,
      ...(workerGroups === undefined ? {} : { workerGroups }),
    };
  }
}

/** SHA-256, hex. Enough for what is random and long. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** What the secret of a key is sealed for: it opens for no other. */
export function sealedFor(accessKeyId: string): string {
  return `access-key:${accessKeyId}`;
}

/** Whether the time of a key is over. */
export function hasExpired({ expiresAt }: Pick<Key, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();
}
