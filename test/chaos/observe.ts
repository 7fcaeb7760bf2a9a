import type { Client } from '@temporalio/client';
import type pg from 'pg';

/** Rows of the ledger of one pipeline. */
export interface LedgerView {
  readonly state: string | undefined;
  readonly instances: ReadonlyMap<string, InstanceView>;
  readonly waits: readonly { readonly instanceId: string; readonly workflowId: string }[];
  readonly leases: readonly {
    readonly instanceId: string;
    readonly componentId: string;
    readonly granted: boolean;
  }[];
  readonly notifications: number;
}

export interface InstanceView {
  readonly id: string;
  readonly componentId: string;
  readonly kind: string;
  readonly status: string;
  readonly attemptCount: number;
  /** Object that an alarm or a precondition is for. */
  readonly nodeId: string | null;
  readonly workflowId: string;
  /** By number, from 1. */
  readonly attempts: readonly AttemptView[];
}

export interface AttemptView {
  readonly number: number;
  readonly status: string;
  readonly errorId: string | null;
  /** Seconds since 1970. */
  readonly startSeconds: number | undefined;
  readonly endSeconds: number | undefined;
}

const TERMINAL = ['FINISHED', 'FAILED', 'TIMEDOUT', 'CANCELED', 'CASCADE_FAILED', 'SKIPPED'];

export function isOver(status: string): boolean {
  return TERMINAL.includes(status);
}

interface InstanceRow {
  readonly id: string;
  readonly component_id: string;
  readonly kind: string;
  readonly status: string;
  readonly attempt_count: number;
  readonly node_id: string | null;
  readonly workflow_id: string;
}

interface AttemptRow {
  readonly instance_id: string;
  readonly number: number;
  readonly status: string;
  readonly error_id: string | null;
  readonly start_seconds: string | null;
  readonly end_seconds: string | null;
}

/** Reads the ledger in one transaction, past the product's code. */
export async function readLedger(store: pg.Pool, pipelineId: string): Promise<LedgerView> {
  const connection = await store.connect();
  let failure: Error | undefined;
  const ask = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
    (await connection.query<Row>(text, [pipelineId])).rows;
  try {
    await connection.query('begin isolation level repeatable read read only');
    const [pipeline] = await ask<{ state: string }>(
      'select state from pipelines where id = $1 and deleted_at is null',
    );
    const instances = await ask<InstanceRow>(
      `select id, component_id, kind, status, attempt_count, node_id, pipeline_id || '/' || schedule_id || '/' ||
         to_char(interval_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as workflow_id
       from instances where pipeline_id = $1 order by scheduled_start, id`,
    );
    const attempts = await ask<AttemptRow>(
      `select instance_id, number, status, error_id, extract(epoch from actual_start)::text as start_seconds,
         extract(epoch from actual_end)::text as end_seconds
       from attempts where pipeline_id = $1 order by instance_id, number`,
    );
    const waits = await ask<{ instance_id: string; workflow_id: string }>(
      'select instance_id, workflow_id from waits where pipeline_id = $1',
    );
    const leases = await ask<{ instance_id: string; component_id: string; granted: boolean }>(
      'select instance_id, component_id, granted_at is not null as granted from leases where pipeline_id = $1',
    );
    const [outbox] = await ask<{ count: string }>(
      'select count(*) from notifications where pipeline_id = $1',
    );
    await connection.query('commit');
    const attemptsOf = new Map<string, AttemptRow[]>();
    for (const row of attempts)
      attemptsOf.set(row.instance_id, [...(attemptsOf.get(row.instance_id) ?? []), row]);
    const seconds = (text: string | null): number | undefined => (text === null ? undefined : Number(text));
    return {
      state: pipeline?.state,
      instances: new Map(
        instances.map((row) => [
          row.id,
          {
            id: row.id,
            componentId: row.component_id,
            kind: row.kind,
            status: row.status,
            attemptCount: row.attempt_count,
            nodeId: row.node_id,
            workflowId: row.workflow_id,
            attempts: (attemptsOf.get(row.id) ?? []).map((attempt) => ({
              number: attempt.number,
              status: attempt.status,
              errorId: attempt.error_id,
              startSeconds: seconds(attempt.start_seconds),
              endSeconds: seconds(attempt.end_seconds),
            })),
          },
        ]),
      ),
      waits: waits.map((row) => ({ instanceId: row.instance_id, workflowId: row.workflow_id })),
      leases: leases.map((row) => ({
        instanceId: row.instance_id,
        componentId: row.component_id,
        granted: row.granted,
      })),
      notifications: Number(outbox?.count),
    };
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw failure;
  } finally {
    connection.release(failure);
  }
}

/** An interval run, as Temporal knows it. */
export interface RunView {
  readonly workflowId: string;
  readonly status: string;
}

/** All runs of a pipeline's workflows of that type as they were begun last, also those that have closed. Visibility may lag behind by a moment. */
export async function readRuns(temporal: Client, pipelineId: string, type: string): Promise<RunView[]> {
  const query = `WorkflowType = "${type}" AND WorkflowId STARTS_WITH "${pipelineId}/"`;
  const runs = new Map<string, RunView & { readonly startTime: Date }>();
  for await (const { workflowId, status, startTime } of temporal.workflow.list({ query })) {
    const known = runs.get(workflowId);
    if (known === undefined || known.startTime < startTime)
      runs.set(workflowId, { workflowId, status: status.name, startTime });
  }
  return [...runs.values()];
}
