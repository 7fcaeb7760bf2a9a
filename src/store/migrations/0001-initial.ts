import { sql, type Kysely } from 'kysely';

/** All tables of the first release. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

// Text that is compared or sorted has collation "C": the order is the same on every server, and prefix-free.
const STATEMENTS: readonly string[] = [
  `create table pipelines (
    id text collate "C" primary key,
    position bigint generated always as identity,
    account_id text not null,
    creator text not null,
    name text not null,
    unique_id text not null,
    description text,
    tags text not null,
    state text not null,
    activation integer not null default 0,
    active_version integer,
    latest_version integer,
    created_at timestamptz not null,
    first_activated_at timestamptz,
    last_activated_at timestamptz,
    last_deactivated_at timestamptz,
    finished_at timestamptz,
    deletion_requested_at timestamptz,
    deleted_at timestamptz
  )`,
  // Hashed: name and uniqueId may be 1,024 characters each, more than an index entry holds.
  `create unique index pipelines_unique_id on pipelines
    (creator, md5(name), md5(unique_id)) where deletion_requested_at is null`,
  `create unique index pipelines_position on pipelines (position) where deleted_at is null`,

  `create table definitions (
    pipeline_id text collate "C" not null references pipelines,
    version integer not null,
    pipeline_objects text not null,
    parameter_objects text not null,
    parameter_values text not null,
    errored boolean not null,
    created_at timestamptz not null,
    primary key (pipeline_id, version)
  )`,
  `create table schedules (
    pipeline_id text collate "C" not null references pipelines,
    schedule_id text collate "C" not null,
    next_index integer not null,
    exhausted boolean not null,
    primary key (pipeline_id, schedule_id)
  )`,

  // No foreign keys from here on: every status change would lock the pipeline's row.
  `create table instances (
    pipeline_id text collate "C" not null,
    id text collate "C" not null,
    schedule_id text collate "C" not null,
    interval_start timestamptz not null,
    component_id text collate "C" not null,
    kind text not null,
    type text not null,
    node_id text,
    scheduled_start timestamptz not null,
    scheduled_end timestamptz not null,
    definition_version integer not null,
    activation integer not null,
    "references" text not null,
    lease_limit integer,
    seq bigint not null,
    status text collate "C" not null,
    terminal boolean not null generated always as
      (status in ('FINISHED', 'FAILED', 'TIMEDOUT', 'CANCELED', 'CASCADE_FAILED', 'SKIPPED')) stored,
    attempt_count integer not null,
    tries_left integer not null,
    actual_start timestamptz,
    actual_end timestamptz,
    waiting_on text[] not null,
    cascade_failed_on text[] not null,
    cancellation_reason text,
    error_id text,
    error_message text,
    error_stack_trace text,
    hostname text,
    log_location text,
    resource_id text,
    changed_at timestamptz not null default now(),
    primary key (pipeline_id, id)
  )`,
  `create index instances_run on instances (pipeline_id, schedule_id, interval_start)`,
  `create index instances_scheduled on instances (pipeline_id, scheduled_start, id)`,
  `create index instances_started on instances (pipeline_id, actual_start)`,
  `create index instances_ended on instances (pipeline_id, actual_end)`,
  `create index instances_status on instances (pipeline_id, status, scheduled_start, id)`,
  `create index instances_component on instances (pipeline_id, component_id, scheduled_start, id)`,
  `create index instances_open on instances (pipeline_id, schedule_id, interval_start) where not terminal`,
  `create index instances_outcome on instances (pipeline_id, component_id, changed_at desc)
    where terminal and status <> 'SKIPPED'`,

  `create table attempts (
    pipeline_id text collate "C" not null,
    instance_id text collate "C" not null,
    number integer not null,
    seq bigint not null,
    status text collate "C" not null,
    actual_start timestamptz,
    actual_end timestamptz,
    error_id text,
    error_message text,
    error_stack_trace text,
    hostname text,
    log_location text,
    primary key (pipeline_id, instance_id, number)
  )`,
  `create index attempts_status on attempts (pipeline_id, status)`,
  `create index attempts_started on attempts (pipeline_id, actual_start)`,

  `create table waits (
    pipeline_id text collate "C" not null,
    instance_id text collate "C" not null,
    workflow_id text collate "C" not null,
    primary key (pipeline_id, instance_id, workflow_id)
  )`,
  `create index waits_workflow on waits (pipeline_id, workflow_id)`,

  `create table lease_pools (
    pipeline_id text collate "C" not null,
    component_id text collate "C" not null,
    lease_limit integer not null,
    primary key (pipeline_id, component_id)
  )`,
  `create table leases (
    pipeline_id text collate "C" not null,
    instance_id text collate "C" not null,
    component_id text collate "C" not null,
    scheduled_start timestamptz not null,
    granted_at timestamptz,
    primary key (pipeline_id, instance_id)
  )`,
  `create index leases_waiting on leases (pipeline_id, component_id, scheduled_start, instance_id)
    where granted_at is null`,
  `create index leases_held on leases (pipeline_id, component_id) where granted_at is not null`,

  `create table notifications (
    id bigint generated always as identity primary key,
    pipeline_id text collate "C" not null,
    workflow_id text not null,
    kind text not null,
    instance_id text not null,
    status text,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create index notifications_pipeline on notifications (pipeline_id)`,
];
