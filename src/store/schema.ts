import type { ColumnType, Generated } from 'kysely';
import type { BackfillState } from '../../activities/bookkeeping/backfill-book.js';
import type { InstanceKind } from '../../activities/bookkeeping/ledger.js';
import type { Role } from '../../model/access/principal.js';
import type { PipelineState, Status } from '../../model/instance/status.js';

/** Tables of the store. Instants are ISO-8601 UTC text in TypeScript and timestamptz in the database. */
export interface Schema {
  pipelines: PipelineTable;
  definitions: DefinitionTable;
  schedules: ScheduleTable;
  instances: InstanceTable;
  attempts: AttemptTable;
  waits: WaitTable;
  leases: LeaseTable;
  lease_pools: LeasePoolTable;
  notifications: NotificationTable;
  backfills: BackfillTable;
  pauses: PauseTable;
  events: EventTable;
  forgotten: ForgottenTable;
  retention_sweeps: RetentionSweepTable;
  keys: KeyTable;
  audit_records: AuditRecordTable;
  audit_begun: AuditBegunTable;
}

type Instant = ColumnType<string, string | Date, string | Date>;
type OptionalInstant = ColumnType<string | null, string | Date | null | undefined, string | Date | null>;

/** One row a pipeline; a deleted one stays as a tombstone (`deleted_at`), so that its id is answered as deleted. */
export interface PipelineTable {
  id: string;
  /** Order of creation. */
  position: Generated<number>;
  account_id: string;
  creator: string;
  name: string;
  unique_id: string;
  description: string | null;
  /** JSON text, `[{key,value}]`. */
  tags: string;
  state: PipelineState;
  /** Activations so far. */
  activation: number;
  active_version: number | null;
  latest_version: number | null;
  created_at: Instant;
  first_activated_at: OptionalInstant;
  last_activated_at: OptionalInstant;
  last_deactivated_at: OptionalInstant;
  finished_at: OptionalInstant;
  deletion_requested_at: OptionalInstant;
  deleted_at: OptionalInstant;
}

/** Immutable definition versions, as JSON text and not jsonb: order and values stay byte for byte. */
export interface DefinitionTable {
  pipeline_id: string;
  version: number;
  pipeline_objects: string;
  parameter_objects: string;
  parameter_values: string;
  errored: boolean;
  created_at: Instant;
}

/** How far each schedule in force has been started. */
export interface ScheduleTable {
  pipeline_id: string;
  schedule_id: string;
  next_index: number;
  exhausted: boolean;
}

/** Columns that instances and attempts share. */
interface ExecutionColumns {
  seq: number;
  status: Status;
  actual_start: OptionalInstant;
  actual_end: OptionalInstant;
  error_id: string | null;
  error_message: string | null;
  error_stack_trace: string | null;
  hostname: string | null;
  log_location: string | null;
}

/** Instances of all runs. */
export interface InstanceTable extends ExecutionColumns {
  pipeline_id: string;
  id: string;
  schedule_id: string;
  interval_start: Instant;
  component_id: string;
  kind: InstanceKind;
  type: string;
  node_id: string | null;
  scheduled_start: Instant;
  scheduled_end: Instant;
  definition_version: number;
  activation: number;
  /** JSON text, order kept. */
  references: string;
  lease_limit: number | null;
  terminal: ColumnType<boolean, never, never>;
  attempt_count: number;
  tries_left: number;
  waiting_on: string[];
  cascade_failed_on: string[];
  cancellation_reason: string | null;
  resource_id: string | null;
  changed_at: Instant;
}

/** Attempts of all instances. */
export interface AttemptTable extends ExecutionColumns {
  pipeline_id: string;
  instance_id: string;
  number: number;
}

/** Workflow `workflow_id` must be told when the instance ends. */
export interface WaitTable {
  pipeline_id: string;
  instance_id: string;
  workflow_id: string;
  /** Of every status that the instance's run tells of, not of its end alone. */
  watched: boolean;
  /** Watched ones: the Schedule of the instance. */
  schedule_id: string | null;
}

/** One row for each instance that asked for a lease and has not ended. */
export interface LeaseTable {
  pipeline_id: string;
  component_id: string;
  instance_id: string;
  scheduled_start: Instant;
  /** Null while it waits. */
  granted_at: OptionalInstant;
}

/** How many instances of a component may hold a lease. Its row is the lock of the component's leases. */
export interface LeasePoolTable {
  pipeline_id: string;
  component_id: string;
  lease_limit: number;
}

/** Outbox: what runs must be told and were perhaps not told yet. */
export interface NotificationTable {
  id: Generated<number>;
  pipeline_id: string;
  workflow_id: string;
  kind: 'instanceEnded' | 'leaseGranted' | 'pausesChanged' | 'instanceChanged';
  /** Empty where the kind is of no instance. */
  instance_id: string;
  status: Status | null;
  /** `instanceChanged`: of the instance, as `status`. */
  seq: number | null;
  attempt: number | null;
  reason: string | null;
  created_at: Generated<string>;
}

/** A change of a status, written by triggers. `status` is the pipeline's state where `sphere` is PIPELINE. */
export interface EventTable {
  id: Generated<number>;
  at: Generated<string>;
  pipeline_id: string;
  sphere: 'INSTANCE' | 'ATTEMPT' | 'PIPELINE';
  /** Instance or pipeline; of an attempt its instance. */
  object_id: string;
  attempt: number | null;
  status: Status | PipelineState | 'DELETED';
  previous_status: string | null;
}

/** Components that are paused. */
export interface PauseTable {
  pipeline_id: string;
  component_id: string;
  paused_by: string;
  paused_at: Instant;
}

/** Backfills and how far they are. */
export interface BackfillTable {
  pipeline_id: string;
  id: string;
  /** JSON text. */
  request: string;
  state: BackfillState;
  /** Intervals in all, and those done with. */
  total: number;
  finished: Generated<number>;
  failed: Generated<number>;
  unchanged: Generated<number>;
  running: Generated<number>;
  note: string | null;
  created_at: Generated<string>;
  changed_at: Generated<string>;
  ended_at: OptionalInstant;
}

/** Intervals of a Schedule that began up to `through` were removed by retention, but for those that are there. */
export interface ForgottenTable {
  pipeline_id: string;
  schedule_id: string;
  through: Instant;
}

/** The last sweep; one row. */
export interface RetentionSweepTable {
  id: number;
  retention_days: number;
  began_at: Instant;
  /** Null while it goes on, or when its process died. */
  ended_at: OptionalInstant;
  runs: number | null;
  instances: number | null;
}

/** The chain of audit records; grows only. */
export interface AuditRecordTable {
  sequence: number;
  hash: string;
  at: Instant;
  /** ARN of the principal. */
  actor: string | null;
  action: string;
  pipeline_id: string | null;
  outcome: string;
  /** Canonical JSON, byte for byte as it was hashed. */
  record: string;
}

/** Audited changes under way. */
export interface AuditBegunTable {
  id: string;
  at: ColumnType<string, never, never>;
  /** JSON of the entry so far. */
  entry: string;
}

/** Access keys and API tokens; what was revoked or has expired stays, as the record of who could call. */
export interface KeyTable {
  id: string;
  kind: 'access-key' | 'api-token';
  name: string;
  role: Role | null;
  /** JSON text, a list of policy documents. */
  policies: string;
  worker_groups: string[] | null;
  /** Of an access key; sealed for its id. */
  sealed_secret: string | null;
  /** SHA-256, hex: it is random and long, so nothing slower is needed. */
  secret_hash: string;
  session_token_hash: string | null;
  created_at: Instant;
  created_by: string;
  expires_at: OptionalInstant;
  revoked_at: OptionalInstant;
  revoked_by: string | null;
  replaced_by: string | null;
  last_used_at: OptionalInstant;
}
