import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest, PipelineDeleted } from '../../model/errors.js';
import { putInForce } from './activation.js';
import { Database } from './database.js';
import { insertDefinition, readVersion } from './definition-versions.js';
import { lockLedger } from './ledger-lock.js';
import {
  changePipeline,
  existing,
  lockPipeline,
  NOT_DELETING,
  requireState,
  updatePipeline,
} from './pipeline-lock.js';
import { pipelineOfRow, storedDefinitionOfRow } from './pipeline-row.js';
import {
  DefinitionChanged,
  PipelineNameTaken,
  type Activated,
  type Activation,
  type NewPipeline,
  type Pipeline,
  type PipelineChange,
  type PipelinePage,
  type StoredDefinition,
  type Tag,
} from './pipeline.js';

/**
 * Pipelines and their life cycle. Every method but `create`, `list` and `delete` throws
 * PipelineNotFound for an id that never was, PipelineDeleted for one whose deletion is complete.
 * A change of state is one transaction that locks the pipeline and checks the state it starts from.
 */
@Injectable()
export class PipelineStore {
  constructor(private readonly database: Database) {}

  /**
   * Makes a pipeline in state PENDING, or returns the one with the same (creator, name, uniqueId).
   * Our choice: a pipeline whose deletion was asked for no longer counts, so that its uniqueId can be used again at once.
   */
  async create(pipeline: NewPipeline): Promise<{ pipelineId: string }> {
    const { kysely } = this.database;
    for (;;) {
      const made = await kysely
        .insertInto('pipelines')
        .values({
          id: newPipelineId(),
          account_id: pipeline.accountId,
          creator: pipeline.creator,
          name: pipeline.name,
          unique_id: pipeline.uniqueId,
          description: pipeline.description ?? null,
          tags: JSON.stringify(pipeline.tags),
          state: 'PENDING',
          activation: 0,
          created_at: new Date(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      if (made !== undefined) return { pipelineId: made.id };

      const existing = await kysely
        .selectFrom('pipelines')
        .select('id')
        .where('creator', '=', pipeline.creator)
        .where(sql<boolean>`md5(name) = md5(${pipeline.name}) and md5(unique_id) = md5(${pipeline.uniqueId})`)
        .where('deletion_requested_at', 'is', null)
        .executeTakeFirst();
      if (existing !== undefined) return { pipelineId: existing.id };
      // It was deleted between the two statements, or the id was taken: again, with another id.
    }
  }

  async get(pipelineId: string): Promise<Pipeline> {
    const row = await this.database.kysely
      .selectFrom('pipelines')
      .selectAll()
      .where('id', '=', pipelineId)
      .executeTakeFirst();
    return pipelineOfRow(existing(pipelineId, row));
  }

  /** The pipelines in the order asked for. One unknown or deleted id fails the whole call. Source: api.md, DescribePipelines. */
  async getMany(pipelineIds: readonly string[]): Promise<Pipeline[]> {
    if (pipelineIds.length === 0) return [];
    const rows = await this.database.kysely
      .selectFrom('pipelines')
      .selectAll()
      .where('id', 'in', [...pipelineIds])
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    return pipelineIds.map((id) => pipelineOfRow(existing(id, byId.get(id))));
  }

  /**
   * Pipelines that are not deleted, oldest first, of them those that `isVisible`. `after` is the marker of the page before.
   * @throws InvalidRequest when the marker is none of ours.
   */
  async list({
    after,
    limit,
    isVisible = () => true,
  }: {
    readonly after?: string;
    readonly limit: number;
    readonly isVisible?: ((pipeline: Pipeline) => boolean) | undefined;
  }): Promise<PipelinePage> {
    if (after !== undefined && !/^\d{1,15}$/.test(after)) {
      throw new InvalidRequest(`marker "${after}" is not valid: expected the marker of the page before`);
    }
    // One more than the page, to know whether there is another. What is not visible is passed over: no page is short for it.
    const found: { readonly position: number; readonly pipeline: Pipeline }[] = [];
    for (
      let from = after === undefined ? 0 : Number(after), isMore = true;
      isMore && found.length <= limit;
    ) {
      const rows = await this.database.kysely
        .selectFrom('pipelines')
        .selectAll()
        .where('deleted_at', 'is', null)
        .where('position', '>', from)
        .orderBy('position')
        .limit(limit + 1)
        .execute();
      for (const row of rows) {
        from = row.position;
        const pipeline = pipelineOfRow(row);
        if (isVisible(pipeline)) found.push({ position: row.position, pipeline });
      }
      isMore = rows.length > limit;
    }
    const page = found.slice(0, limit);
    const pipelines = page.map(({ pipeline }) => pipeline);
    const last = page.at(-1);
    return found.length > limit && last !== undefined
      ? { pipelines, marker: String(last.position) }
      : { pipelines };
  }

  /** Changes what is said of a pipeline. @throws PipelineNameTaken */
  async describe(pipelineId: string, { name, description, tags }: PipelineChange): Promise<Pipeline> {
    try {
      return await changePipeline(this.database, pipelineId, async (trx, pipeline) => {
        requireState(pipeline, NOT_DELETING);
        await updatePipeline(trx, pipelineId, {
          // An update without any column is none.
          name: name ?? pipeline.name,
          ...(description === undefined ? {} : { description: description === '' ? null : description }),
          ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }),
        });
        return pipelineOfRow(await lockPipeline(trx, pipelineId));
      });
    } catch (error) {
      throw isNameTaken(error) ? new PipelineNameTaken(pipelineId, name ?? '') : error;
    }
  }

  /**
   * Stores a definition as the latest version. What is in force does not change. With `replaces`, only when that is the latest;
   * `undefined` in it stands for none. @throws DefinitionChanged
   */
  async putDefinition(
    pipelineId: string,
    definition: PipelineDefinition,
    {
      errored,
      replaces,
    }: { readonly errored: boolean; readonly replaces?: { readonly version: number | undefined } },
  ): Promise<{ definitionVersion: number }> {
    return changePipeline(this.database, pipelineId, async (trx, pipeline) => {
      requireState(pipeline, NOT_DELETING);
      const latest = pipeline.latest_version ?? undefined;
      if (replaces !== undefined && replaces.version !== latest)
        throw new DefinitionChanged(pipelineId, latest);
      const definitionVersion = await insertDefinition(trx, pipelineId, {
        pipeline_objects: JSON.stringify(definition.pipelineObjects),
        parameter_objects: JSON.stringify(definition.parameterObjects),
        parameter_values: JSON.stringify(definition.parameterValues),
        errored,
      });
      await updatePipeline(trx, pipelineId, { latest_version: definitionVersion });
      return { definitionVersion };
    });
  }

  /** The newest definition, the one in force, or the one of a number; undefined when there is none. */
  async readDefinition(
    pipelineId: string,
    version: 'latest' | 'active' | number,
  ): Promise<StoredDefinition | undefined> {
    const pipeline = await this.get(pipelineId);
    const definitionVersion =
      version === 'latest' ? pipeline.latestVersion : version === 'active' ? pipeline.activeVersion : version;
    if (definitionVersion === undefined) return undefined;
    const row = await readVersion(this.database.kysely, pipelineId, definitionVersion);
    return row === undefined ? undefined : storedDefinitionOfRow(row);
  }

  /**
   * Puts a definition version in force: SCHEDULED, one activation more, a cursor for each schedule.
   * Parameter values that change anything make a new version, so that an activated version is immutable with its values;
   * it becomes the latest unless a newer one was put meanwhile. A repeated call with the same `at` changes nothing.
   */
  async activate(pipelineId: string, activation: Activation): Promise<Activated> {
    return changePipeline(this.database, pipelineId, (trx, pipeline) =>
      putInForce(trx, pipeline, activation),
    );
  }

  /** DEACTIVATING: nothing new starts. Nothing happens when it is DEACTIVATING already. */
  async deactivating(pipelineId: string): Promise<void> {
    await changePipeline(this.database, pipelineId, async (trx, pipeline) => {
      requireState(pipeline, ['SCHEDULED', 'ACTIVATING', 'DEACTIVATING']);
      await updatePipeline(trx, pipelineId, { state: 'DEACTIVATING' });
    });
  }

  /** INACTIVE: deactivation is complete. Nothing happens when it is INACTIVE already. */
  async deactivated(pipelineId: string, at: Date): Promise<void> {
    await changePipeline(this.database, pipelineId, async (trx, pipeline) => {
      requireState(pipeline, ['DEACTIVATING', 'INACTIVE']);
      if (pipeline.state === 'INACTIVE') return;
      await updatePipeline(trx, pipelineId, { state: 'INACTIVE', last_deactivated_at: at });
    });
  }

  /** FINISHED, without asking the ledger. Nothing happens when it is FINISHED already. */
  async finished(pipelineId: string, at: Date): Promise<void> {
    await changePipeline(this.database, pipelineId, async (trx, pipeline) => {
      requireState(pipeline, ['SCHEDULED', 'FINISHED']);
      if (pipeline.state === 'FINISHED') return;
      await updatePipeline(trx, pipelineId, { state: 'FINISHED', finished_at: at });
    });
  }

  /** SCHEDULED again when it is FINISHED and one of its instances is not over: it was rerun. */
  async reopen(pipelineId: string): Promise<void> {
    await this.database.kysely.transaction().execute(async (trx) => {
      // No instance ends between the look at them and the commit: whoever ends the last one sees SCHEDULED.
      await lockLedger(trx, pipelineId, 'exclusive');
      await sql`
        update pipelines set state = 'SCHEDULED', finished_at = null
        where id = ${pipelineId} and state = 'FINISHED'
          and exists (select from instances where pipeline_id = ${pipelineId} and not terminal)
      `.execute(trx);
    });
  }

  /** DELETING, from any state. The time of the first request stays. */
  async markDeleting(pipelineId: string, at: Date): Promise<void> {
    await changePipeline(this.database, pipelineId, async (trx, pipeline) => {
      if (pipeline.state === 'DELETING') return;
      await updatePipeline(trx, pipelineId, { state: 'DELETING', deletion_requested_at: at });
    });
  }

  /**
   * Removes definition and history of a pipeline that is DELETING; a tombstone stays, so that its id is answered with
   * PipelineDeleted. Nothing happens when it is deleted already. @throws PipelineNotFound, InvalidRequest
   */
  async delete(pipelineId: string): Promise<void> {
    try {
      await this.database.kysely.transaction().execute(async (trx) => {
        // Before the pipeline's row, as writers of the ledger do. Those that come after it see the tombstone and write nothing.
        await lockLedger(trx, pipelineId, 'exclusive');
        requireState(await lockPipeline(trx, pipelineId), ['DELETING']);
        for (const table of OWNED_TABLES) {
          await trx.deleteFrom(table).where('pipeline_id', '=', pipelineId).execute();
        }
        await updatePipeline(trx, pipelineId, {
          deleted_at: new Date(),
          description: null,
          tags: '[]',
          active_version: null,
          latest_version: null,
        });
      });
    } catch (error) {
      if (!(error instanceof PipelineDeleted)) throw error;
    }
  }

  /** Adds tags; the value of a key that is there is replaced in its place. Limits are the caller's to check. */
  async addTags(pipelineId: string, tags: readonly Tag[]): Promise<Tag[]> {
    return this.changeTags(pipelineId, (current) => {
      const byKey = new Map([...current, ...tags].map(({ key, value }) => [key, value]));
      return [...byKey].map(([key, value]) => ({ key, value }));
    });
  }

  /** Removes tags; a key that is not there is no error. */
  async removeTags(pipelineId: string, keys: readonly string[]): Promise<Tag[]> {
    return this.changeTags(pipelineId, (current) => current.filter(({ key }) => !keys.includes(key)));
  }

  private async changeTags(pipelineId: string, edit: (tags: readonly Tag[]) => Tag[]): Promise<Tag[]> {
    return changePipeline(this.database, pipelineId, async (trx, pipeline) => {
      requireState(pipeline, NOT_DELETING);
      const tags = edit(pipelineOfRow(pipeline).tags);
      await updatePipeline(trx, pipelineId, { tags: JSON.stringify(tags) });
      return tags;
    });
  }
}

/** What belongs to a pipeline and goes with it. */
const OWNED_TABLES = [
  'backfills',
  'forgotten',
  'notifications',
  'pauses',
  'waits',
  'leases',
  'lease_pools',
  'attempts',
  'instances',
  'schedules',
  'definitions',
] as const;

// Ids as AWS makes them: about 20 upper-case letters and digits. Source: semantics.md 5.
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const ID_LENGTH = 20;

function newPipelineId(): string {
  return `df-${Array.from({ length: ID_LENGTH }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('')}`;
}

/** Another of the same creator, name and uniqueId is there. */
function isNameTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'pipelines_unique_id';
}
