import { Migrator, sql, type Kysely, type Migration } from 'kysely';

/** Any number; the same in every release, as old and new processes may start together. */
const MIGRATION_LOCK = 7_364_501;

/**
 * Runs what is missing of `migrations`, in one transaction; concurrent callers wait for each other.
 * @throws when the database has migrations that this code does not know, or when one fails.
 */
export async function runMigrations<T>(
  db: Kysely<T>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  await db.connection().execute(async (connection) => {
    // The migrator's own lock comes after it has made its tables, and two `create table if not exists` can collide.
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`.execute(connection);
    try {
      await refuseNewerSchema(connection, migrations);
      const migrator = new Migrator({
        db: connection,
        provider: { getMigrations: async () => migrations },
        migrationTableName: 'migration',
        migrationLockTableName: 'migration_lock',
      });
      const { error } = await migrator.migrateToLatest();
      if (error !== undefined) throw new Error('The store cannot be migrated', { cause: error });
    } finally {
      await sql`select pg_advisory_unlock(${MIGRATION_LOCK})`.execute(connection);
    }
  });
}

async function refuseNewerSchema<T>(
  connection: Kysely<T>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const table = await sql<{ exists: boolean }>`select to_regclass('migration') is not null as exists`.execute(
    connection,
  );
  if (table.rows[0]?.exists !== true) return;
  const done = await sql<{ name: string }>`select name from migration order by name`.execute(connection);
  const unknown = done.rows.map((row) => row.name).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return;
  throw new Error(
    `The database was migrated by a newer Penstock (${unknown.join(', ')}): expected at most ${Object.keys(migrations).at(-1)}`,
  );
}
