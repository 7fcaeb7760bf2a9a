import type { JdbcKind } from '../../model/database/jdbc-url.js';
import { referencesOf, textOf, textsOf } from '../../model/definition/component.js';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import type { AttemptProgress } from '../runner/heartbeat-details.js';
import { runTask } from '../runner/run-task.js';
import { openSealedParts, type SecretSources } from '../secrets/open-secret.js';
import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { createTableIfAbsent } from './create-table.js';
import { databaseOf } from './database.js';
import { oracleScript, postgresScript, sqlServerScript, type Script, type Statement } from './script.js';
import { withSession, type SqlDrivers } from './session.js';
import { sqlFailure } from './sql-failure.js';
import { countPlaceholders } from './sql-text.js';
import { tableOf } from './table.js';

/** What SqlActivity needs beside the attempt. */
export interface SqlDeps {
  readonly storage: Storage;
  readonly secrets: SecretSources;
  readonly drivers?: SqlDrivers;
}

/** What `runScript` needs of an attempt. */
export type SqlAttempt = Pick<Attempt, 'task' | 'object' | 'signal' | 'log'> &
  Partial<Pick<Attempt, 'heartbeatWith' | 'confirm'>>;

/** Longest script: it is held in memory several times over. Our choice: 16 MiB. */
const LONGEST_SCRIPT_BYTES = 16 * 1024 * 1024;

/** SqlActivity. Source: reference/objects.yaml, SqlActivity; semantics.md 13. */
export function sqlActivity(deps: TaskDeps & SqlDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => runScript(deps, attempt));
}

/**
 * Runs the activity's script on its database, after making the tables of its output nodes that are absent. `queue` has no
 * meaning outside Redshift.
 * Our choice: the whole script is one transaction, so that a failed attempt leaves nothing and can be repeated. A script
 * with a statement that the server runs only outside of one (PostgreSQL: VACUUM, CREATE DATABASE, … CONCURRENTLY; SQL
 * Server: CREATE DATABASE, BACKUP…) runs statement by statement, each on its own; a script may also end the transaction
 * itself by COMMIT, as every DDL statement of Oracle does.
 */
export async function runScript({ storage, secrets, drivers }: SqlDeps, attempt: SqlAttempt): Promise<void> {
  const { task, object, signal, log } = attempt;
  const database = await databaseOf(task, object, secrets);
  const hidden: string[] = [database.password];
  const hide = (secret: string): void => void hidden.push(secret);
  const opened = (text: string, field: string): Promise<string> =>
    openSealedParts(text, { pipelineId: task.pipelineId, objectId: object.id, field }, secrets, hide);
  const values = await Promise.all(
    textsOf(object, 'scriptArgument').map((text) => opened(text, 'scriptArgument')),
  );
  const text = await opened(await scriptOf(storage, object, signal), 'script');
  checkArguments(object, text, values, database.kind);
  const script = SCRIPTS[database.kind](text, values);
  for (const secret of hidden) if (secret !== '') log.hide(secret);
  const onNotice = (notice: string): void => log.line(notice);
  await withSession(database, { signal, onNotice, drivers }, async (session) => {
    log.line(`${script.count} statements at ${database.label}`);
    const run = async (statement: Statement): Promise<void> => {
      try {
        for (const tag of await session.execute(statement.text, statement.values)) log.line(tag);
      } catch (error) {
        // A statement that is quoted may hold a secret that an expression has put there.
        throw sqlFailure(error, `run the script of "${object.id}"`, {
          statement: statement.text,
          secrets: hidden,
        });
      }
    };
    const named = async (doing: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        throw sqlFailure(error, `${doing} the transaction of "${object.id}"`, { secrets: hidden });
      }
    };
    if (script.inTransaction) await named('begin', () => session.begin());
    for (const node of outputTables(task, object, database.kind)) await createTableIfAbsent(session, node);
    let done = 0;
    for (const statement of script.statements) {
      signal.throwIfAborted();
      await attempt.confirm?.(); // a script may commit by itself, or have no transaction
      await run(statement);
      done += 1;
      attempt.heartbeatWith?.({ progress: progressOf(done, script) });
    }
    signal.throwIfAborted();
    await attempt.confirm?.();
    if (script.inTransaction) await named('commit', () => session.commit());
  });
}

/** How a script is taken apart for each kind of database. */
const SCRIPTS: Readonly<Record<JdbcKind, (script: string, values: readonly string[]) => Script>> = {
  postgresql: postgresScript,
  sqlserver: sqlServerScript,
  oracle: oracleScript,
};

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

/** Of statements as they are sent. Not 100 before the commit. */
function progressOf(statements: number, script: Script): AttemptProgress {
  const percent = Math.floor((100 * statements) / script.statements.length);
  return { statements, percentComplete: Math.min(99, percent) };
}

/** Without arguments a `?` is left alone: it may be PostgreSQL's operator. */
function checkArguments(object: TaskObject, script: string, values: readonly string[], kind: JdbcKind): void {
  if (values.length === 0) return;
  const placeholders = countPlaceholders(script, kind);
  if (placeholders === values.length) return;
  throw workFailure(
    'InvalidField',
    `Object "${object.id}": ${values.length} scriptArgument values for ${placeholders} placeholders "?" in its script`,
  );
}

function outputTables(
  task: Task,
  object: TaskObject,
  kind: JdbcKind,
): { objectId: string; table: string; createTableSql: string }[] {
  return referencesOf(object, 'output').flatMap((id) => {
    const node = Object.hasOwn(task.objects, id) ? task.objects[id] : undefined;
    const createTableSql = node === undefined ? undefined : textOf(node, 'createTableSql');
    if (node?.type !== 'SqlDataNode' || createTableSql === undefined) return [];
    return [{ objectId: id, table: tableOf(node, kind), createTableSql }];
  });
}
