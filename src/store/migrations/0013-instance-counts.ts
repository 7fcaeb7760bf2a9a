import { sql, type Kysely } from 'kysely';

/** How many instances there are of each status, for /metrics: counted by who writes them, so that nobody ever counts them all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  // What processes of the older release write between the count and the triggers would never be counted.
  `lock table instances in share row exclusive mode`,
  `create table instance_counts (status text collate "C" primary key, instances bigint not null)`,
  `insert into instance_counts select status, count(*) from instances group by status`,
  // What was written since the last sum. Rows of their own: writers that changed the counts themselves would wait for each other.
  `create table instance_changes (status text collate "C" not null, change bigint not null)`,

  // By statement, and without a join, as a count does not ask which row was which: see 0004-events.ts for what joins cost here.
  `create function penstock_count_made() returns trigger language plpgsql as $$
  begin
    insert into instance_changes select status, count(*) from made group by status;
    return null;
  end $$`,
  `create trigger count_made after insert on instances referencing new table as made
    for each statement execute function penstock_count_made()`,
  `create function penstock_count_changed() returns trigger language plpgsql as $$
  begin
    insert into instance_changes
    select status, sum(change) from (select status, 1 as change from after union all select status, -1 from before) c
    group by status having sum(change) <> 0;
    return null;
  end $$`,
  `create trigger count_changed after update on instances referencing old table as before new table as after
    for each statement execute function penstock_count_changed()`,
  `create function penstock_count_removed() returns trigger language plpgsql as $$
  begin
    insert into instance_changes select status, -count(*) from removed group by status;
    return null;
  end $$`,
  `create trigger count_removed after delete on instances referencing old table as removed
    for each statement execute function penstock_count_removed()`,

  // Of open instances the one that has been due for longest.
  `create index instances_open_due on instances (status, scheduled_start) where not terminal`,
];
