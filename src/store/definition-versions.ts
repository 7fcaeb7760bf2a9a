import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { ParameterValue } from '../../model/definition/pipeline-definition.js';
import { Database } from './database.js';
import { storedDefinitionOfRow } from './pipeline-row.js';
import type { DefinitionVersionPage, StoredDefinition } from './pipeline.js';
import type { DefinitionTable, Schema } from './schema.js';

/** Definition versions of pipelines that the caller knows to be there. */
@Injectable()
export class DefinitionVersions {
  constructor(private readonly database: Database) {}

  /** Those of a pipeline, newest first; `before` is the last of the page before. */
  async list(
    pipelineId: string,
    { before, limit }: { readonly before?: number; readonly limit: number },
  ): Promise<DefinitionVersionPage> {
    const rows = await this.database.kysely
      .selectFrom('definitions')
      .select(['version', 'errored', 'created_at'])
      .where('pipeline_id', '=', pipelineId)
      .$if(before !== undefined, (query) => query.where('version', '<', before ?? 0))
      .orderBy('version', 'desc')
      .limit(limit + 1)
      .execute();
    const versions = rows.slice(0, limit).map(({ version, errored, created_at: createdAt }) => ({
      definitionVersion: version,
      errored,
      createdAt,
    }));
    const last = versions.at(-1);
    return rows.length > limit && last !== undefined
      ? { versions, marker: last.definitionVersion }
      : { versions };
  }

  /** Those in force of several pipelines; pipelines without one are left out. */
  async inForce(pipelineIds: readonly string[]): Promise<StoredDefinition[]> {
    if (pipelineIds.length === 0) return [];
    const rows = await this.database.kysely
      .selectFrom('definitions as d')
      .innerJoin('pipelines as p', (join) =>
        join.onRef('p.id', '=', 'd.pipeline_id').onRef('p.active_version', '=', 'd.version'),
      )
      .selectAll('d')
      .where('p.id', 'in', [...pipelineIds])
      .execute();
    return rows.map(storedDefinitionOfRow);
  }
}

/** The row of a definition version; undefined when there is none of this number. */
export async function readVersion(
  kysely: Kysely<Schema>,
  pipelineId: string,
  version: number,
): Promise<Selectable<DefinitionTable> | undefined> {
  return kysely
    .selectFrom('definitions')
    .selectAll()
    .where('pipeline_id', '=', pipelineId)
    .where('version', '=', version)
    .executeTakeFirst();
}

/** Adds a version, and answers its number. The caller holds the lock of the pipeline, so that no number is given twice. */
export async function insertDefinition(
  trx: Transaction<Schema>,
  pipelineId: string,
  texts: Pick<
    Selectable<DefinitionTable>,
    'pipeline_objects' | 'parameter_objects' | 'parameter_values' | 'errored'
  >,
): Promise<number> {
  const { newest } = await trx
    .selectFrom('definitions')
    .select(sql<number>`coalesce(max(version), 0)`.as('newest'))
    .where('pipeline_id', '=', pipelineId)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('definitions')
    .values({ pipeline_id: pipelineId, version: newest + 1, ...texts, created_at: new Date() })
    .execute();
  return newest + 1;
}

/** The number of the version that has these parameter values: the given one, or a new one when they change anything. */
export async function versionWithValues(
  trx: Transaction<Schema>,
  put: Selectable<DefinitionTable>,
  given: readonly ParameterValue[],
): Promise<number> {
  const stored = JSON.parse(put.parameter_values) as ParameterValue[];
  const replaced = new Set(given.map(({ id }) => id));
  const values = JSON.stringify([...stored.filter(({ id }) => !replaced.has(id)), ...given]);
  if (given.length === 0 || values === put.parameter_values) return put.version;
  return insertDefinition(trx, put.pipeline_id, {
    pipeline_objects: put.pipeline_objects,
    parameter_objects: put.parameter_objects,
    parameter_values: values,
    errored: put.errored,
  });
}
