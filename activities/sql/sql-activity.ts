import pg from 'pg';
import { referencesOf, textOf, textsOf } from '../../model/definition/component.js';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import { openSealedParts, type SecretSources } from '../secrets/open-secret.js';
import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { withConnection } from './connection.js';
import { createTableIfAbsent } from './create-table.js';
import { databaseOf } from './database.js';
import { runStatement } from './run-statement.js';
import { sqlFailure } from './sql-failure.js';
import { countPlaceholders, replacePlaceholders, statementsOf, withoutLeadingComments } from './sql-text.js';
import { tableOf } from './table.js';

/** What SqlActivity needs beside the attempt. */
export interface SqlDeps {
  readonly storage: Storage;
  readonly secrets: SecretSources;
}

/** What `runScript` needs of an attempt. */
export type SqlAttempt = Pick<Attempt, 'task' | 'object' | 'signal' | 'log'>;

/** Longest script: it is held in memory several times over. Our choice: 16 MiB. */
const LONGEST_SCRIPT_BYTES = 16 * 1024 * 1024;

/** What PostgreSQL refuses inside a transaction. Source: its documentation, page by page of these commands. */
const OUTSIDE_TRANSACTION =
  /^(vacuum\b|(create|drop|alter)\s+(database|tablespace)\b|alter\s+system\b|(create\s+(unique\s+)?index|drop\s+index|reindex\b.*)\s+concurrently\b|reindex\s+(\([^)]*\)\s*)?(database|system)\b|(create|alter|drop)\s+subscription\b)/is;

/** SqlActivity. Source: reference/objects.yaml, SqlActivity; semantics.md 13. */
export function sqlActivity(deps: TaskDeps & SqlDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => runScript(deps, attempt));
}

/**
 * Runs the activity's script on its database, after making the tables of its output nodes that are absent. `queue` has no
 * meaning outside Redshift.
 * Our choice: the whole script is one transaction, so that a failed attempt leaves nothing and can be repeated. A script
 * with a statement that PostgreSQL runs only outside of one (VACUUM, CREATE DATABASE, … CONCURRENTLY) runs statement by
 * statement, each on its own; a script may also end the transaction itself by COMMIT.
 */
export async function runScript({ storage, secrets }: SqlDeps, attempt: SqlAttempt): Promise<void> {
  const { task, object, signal, log } = attempt;
  const database = await databaseOf(task, object, secrets);
  const { host, port } = database;
  const hidden: string[] = [database.password];
  const hide = (secret: string): void => void hidden.push(secret);
  const opened = (text: string, field: string): Promise<string> =>
    openSealedParts(text, { pipelineId: task.pipelineId, objectId: object.id, field }, secrets, hide);
  const values = await Promise.all(
    textsOf(object, 'scriptArgument').map((text) => opened(text, 'scriptArgument')),
  );
  const script = withArguments(
    object,
    await opened(await scriptOf(storage, object, signal), 'script'),
    values,
  );
  for (const secret of hidden) if (secret !== '') log.hide(secret);
  const statements = statementsOf(script);
  const apart = statements.some((statement) => OUTSIDE_TRANSACTION.test(withoutLeadingComments(statement)));
  await withConnection(database, { signal }, async (client) => {
    log.line(`${statements.length} statements at ${host}:${port}/${database.database}`);
    client.on('notice', (notice) => log.line(`${notice.severity ?? 'NOTICE'}: ${notice.message ?? ''}`));
    const run = async (text: string): Promise<void> => {
      try {
        for (const tag of await runStatement(client, text)) log.line(tag);
      } catch (error) {
        // A statement that is quoted may hold a secret that an expression has put there.
        throw sqlFailure(error, `run the script of "${object.id}"`, { statement: text, secrets: hidden });
      }
    };
    if (!apart) await run('BEGIN');
    for (const node of outputTables(task, object)) await createTableIfAbsent(client, node);
    if (apart) for (const statement of statements) await run(statement.trim());
    else if (statements.length > 0) await run(script);
    signal.throwIfAborted();
    if (!apart) await run('COMMIT');
  });
}

async function scriptOf(storage: Storage, object: TaskObject, signal: AbortSignal): Promise<string> {
  const script = textOf(object, 'script');
  const uri = textOf(object, 'scriptUri');
  if ((script === undefined) === (uri === undefined)) {
    throw workFailure('InvalidField', `Object "${object.id}": expected either script or scriptUri`);
  }
  if (uri === undefined) return script ?? '';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of (await storage.read(uri, { signal })) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_SCRIPT_BYTES) {
      throw workFailure('InvalidField', `Script ${quoted(uri)} is longer than ${LONGEST_SCRIPT_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

/**
 * The script with its placeholders `?` replaced by its scriptArgument values, in order, as literals: a script may hold
 * statements that take no bound parameters. Without arguments a `?` is left alone: it may be PostgreSQL's operator.
 */
function withArguments(object: TaskObject, script: string, values: readonly string[]): string {
  if (values.length === 0) return script;
  const placeholders = countPlaceholders(script);
  if (placeholders !== values.length) {
    throw workFailure(
      'InvalidField',
      `Object "${object.id}": ${values.length} scriptArgument values for ${placeholders} placeholders "?" in its script`,
    );
  }
  return replacePlaceholders(script, (index) => pg.escapeLiteral(values[index] ?? ''));
}

function outputTables(
  task: Task,
  object: TaskObject,
): { objectId: string; table: string; createTableSql: string }[] {
  return referencesOf(object, 'output').flatMap((id) => {
    const node = Object.hasOwn(task.objects, id) ? task.objects[id] : undefined;
    const createTableSql = node === undefined ? undefined : textOf(node, 'createTableSql');
    if (node?.type !== 'SqlDataNode' || createTableSql === undefined) return [];
    return [{ objectId: id, table: tableOf(node), createTableSql }];
  });
}
