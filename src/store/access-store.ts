import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Role } from '../../model/access/principal.js';
import { Database } from './database.js';
import type { KeyTable, Schema } from './schema.js';

/** An access key or an API token, without its secret. Instants are ISO-8601 UTC. */
export interface Key {
  readonly id: string;
  readonly kind: 'access-key' | 'api-token';
  readonly name: string;
  readonly role?: Role;
  readonly policies: readonly object[];
  readonly workerGroups?: readonly string[];
  /** A session token goes with it: temporary credentials. */
  readonly isTemporary: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly revokedBy?: string;
  /** Id of the key that it was rotated to. */
  readonly replacedBy?: string;
  /** Within some minutes. */
  readonly lastUsedAt?: string;
}

/** What is stored of secrets: sealed where a signature must be checked, else hashes. */
export interface StoredSecret {
  /** Access keys only. */
  readonly sealedSecret?: string;
  /** SHA-256, hex. */
  readonly secretHash: string;
  readonly sessionTokenHash?: string;
}

/** A key as it is made. */
export type NewKey = Omit<Key, 'isTemporary' | 'revokedAt' | 'revokedBy' | 'replacedBy' | 'lastUsedAt'> &
  StoredSecret;

/** A key with what checks its secret. */
export type KeyWithSecret = Key & StoredSecret;

/** One page of keys, newest first; `marker` is absent on the last. */
export interface KeyPage {
  readonly keys: readonly Key[];
  readonly marker?: string;
}

/** A key of this name is valid already. */
export class KeyNameTaken extends Error {
  override readonly name = 'KeyNameTaken';
}

/** Access keys and API tokens. Nothing is cached: what is revoked is refused from the next call on, by every API. */
@Injectable()
export class AccessStore {
  constructor(private readonly database: Database) {}

  /** @throws KeyNameTaken */
  async create(key: NewKey, now: Date): Promise<void> {
    await this.database.kysely.transaction().execute(async (trx) => {
      // One creation at a time, so that no two keys get one name.
      await lockKeys(trx);
      const taken = await trx
        .selectFrom('keys')
        .select('id')
        .where('name', '=', key.name)
        .where('revoked_at', 'is', null)
        .where((where) =>
          where.or([where('expires_at', 'is', null), where('expires_at', '>', now.toISOString())]),
        )
        .executeTakeFirst();
      if (taken !== undefined) throw new KeyNameTaken(key.name);
      await trx.insertInto('keys').values(rowOf(key)).execute();
    });
  }

  /** Puts `key` in the place of the key with id `oldId`, which is valid until `oldEndsAt` at most; false when that is not valid any more. */
  async replace(oldId: string, key: NewKey, oldEndsAt: Date, now: Date): Promise<boolean> {
    return this.database.kysely.transaction().execute(async (trx) => {
      await lockKeys(trx);
      const { numUpdatedRows } = await trx
        .updateTable('keys')
        .set((set) => ({
          replaced_by: key.id,
          expires_at: set.fn<string>('least', ['expires_at', set.val(oldEndsAt.toISOString())]),
        }))
        .where('id', '=', oldId)
        .where('revoked_at', 'is', null)
        .where('replaced_by', 'is', null)
        .where((where) =>
          where.or([where('expires_at', 'is', null), where('expires_at', '>', now.toISOString())]),
        )
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await trx.insertInto('keys').values(rowOf(key)).execute();
      return true;
    });
  }

  /** Refuses a key from now on. One that is revoked stays as it is. */
  async revoke(id: string, by: string, now: Date): Promise<void> {
    await this.database.kysely
      .updateTable('keys')
      .set({ revoked_at: now, revoked_by: by })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute();
  }

  async get(id: string): Promise<Key | undefined> {
    const row = await this.database.kysely
      .selectFrom('keys')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : keyOf(row);
  }

  /** Keys, newest first. `after` is the marker of the page before. */
  async list({
    limit,
    after,
    name,
  }: {
    readonly limit: number;
    readonly after?: string;
    readonly name?: string;
  }): Promise<KeyPage> {
    const rows = await this.database.kysely
      .selectFrom('keys')
      .selectAll()
      .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
      .$if(after !== undefined, (query) =>
        query.where(
          sql<boolean>`(created_at, id) < (select l.created_at, l.id from keys l where l.id = ${after})`,
        ),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const keys = rows.slice(0, limit).map(keyOf);
    const last = keys.at(-1);
    return rows.length > limit && last !== undefined ? { keys, marker: last.id } : { keys };
  }

  /** The access key of this id with its secret, unless it was revoked; it may have expired. */
  async findAccessKey(id: string): Promise<KeyWithSecret | undefined> {
    return this.find('id', id, ['access-key']);
  }

  /** The key or token whose secret has this hash, unless it was revoked; it may have expired. */
  async findByHash(secretHash: string): Promise<KeyWithSecret | undefined> {
    return this.find('secret_hash', secretHash, ['access-key', 'api-token']);
  }

  /** Notes that a key was used, unless that was noted after `since`. */
  async used(id: string, now: Date, since: Date): Promise<void> {
    await this.database.kysely
      .updateTable('keys')
      .set({ last_used_at: now })
      .where('id', '=', id)
      .where((where) =>
        where.or([where('last_used_at', 'is', null), where('last_used_at', '<', since.toISOString())]),
      )
      .execute();
  }

  private async find(
    column: 'id' | 'secret_hash',
    value: string,
    kinds: readonly Key['kind'][],
  ): Promise<KeyWithSecret | undefined> {
    const row = await this.database.kysely
      .selectFrom('keys')
      .selectAll()
      .where(column, '=', value)
      .where('kind', 'in', kinds)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      ...keyOf(row),
      secretHash: row.secret_hash,
      ...(row.sealed_secret === null ? {} : { sealedSecret: row.sealed_secret }),
      ...(row.session_token_hash === null ? {} : { sessionTokenHash: row.session_token_hash }),
    };
  }
}

/** Any number; nothing else locks it. */
const KEYS_LOCK = 7_305_608;

async function lockKeys(trx: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${KEYS_LOCK})`.execute(trx);
}

function rowOf(key: NewKey) {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    role: key.role ?? null,
    policies: JSON.stringify(key.policies),
    worker_groups: key.workerGroups === undefined ? null : [...key.workerGroups],
    sealed_secret: key.sealedSecret ?? null,
    secret_hash: key.secretHash,
    session_token_hash: key.sessionTokenHash ?? null,
    created_at: key.createdAt,
    created_by: key.createdBy,
    expires_at: key.expiresAt ?? null,
  };
}

function keyOf(row: Selectable<KeyTable>): Key {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    ...(row.role === null ? {} : { role: row.role }),
    policies: JSON.parse(row.policies) as object[],
    ...(row.worker_groups === null ? {} : { workerGroups: row.worker_groups }),
    isTemporary: row.session_token_hash !== null,
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.revoked_by === null ? {} : { revokedBy: row.revoked_by }),
    ...(row.replaced_by === null ? {} : { replacedBy: row.replaced_by }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
}
