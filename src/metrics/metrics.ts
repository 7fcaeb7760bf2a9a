import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ACTIONS } from '../../model/access/actions.js';
import { actionOf } from '../../model/audit/audited.js';
import { STATUS, type Status } from '../../model/instance/status.js';
import { AuditLog } from '../audit/audit-log.js';
import { errorFacts, log } from '../config/log.js';
import type { CallObserver, EndedCall } from '../http/call.js';
import { InstanceCounts } from '../store/instance-counts.js';
import { QueueGroups, type Queue } from './queue-groups.js';

/** What writers have left is summed up so often. */
const SUM_MS = 30_000;
/** However many scrape, the store is asked once in so long. */
const FRESH_MS = 5_000;
/** From a look-up to the longest poll. */
const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

const ALL_STATUSES = Object.keys(STATUS) as Status[];
const OPEN_STATUSES = ALL_STATUSES.filter((status) => !STATUS[status].terminal);

interface StoreFacts {
  readonly counts: ReadonlyMap<Status, number>;
  readonly due: ReadonlyMap<Status, string>;
  readonly queues: ReadonlyMap<string, Queue>;
}

/** The metrics of this process and of the store, as Prometheus reads them. Meanings: docs/operations.md. */
@Injectable()
export class Metrics implements CallObserver, OnApplicationBootstrap, OnModuleDestroy {
  /** Test hook. */
  freshMs = FRESH_MS;
  readonly #registry = new Registry();
  readonly #calls: Counter<'operation' | 'status'>;
  readonly #durations: Histogram<'operation'>;
  readonly #throttled: Counter<'kind'>;
  readonly #unread: Counter;
  readonly #gauges: {
    readonly instances: Gauge<'status'>;
    readonly lateness: Gauge<'status'>;
    readonly queueAge: Gauge<'worker_group'>;
    readonly queueLength: Gauge<'worker_group'>;
  };
  #timer: NodeJS.Timeout | undefined;
  #read: Promise<void> | undefined;
  #readMs = -Infinity;

  constructor(
    private readonly counts: InstanceCounts,
    private readonly groups: QueueGroups,
    private readonly auditLog: AuditLog,
  ) {
    const registers = [this.#registry];
    const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> =>
      new Gauge({ name, help, labelNames, registers });
    this.#calls = new Counter({
      name: 'penstock_api_calls_total',
      help: 'Calls of the API that are over, by action and HTTP status ("aborted": the client left)',
      labelNames: ['operation', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'penstock_api_call_duration_seconds',
      help: 'Time from the first byte of a call to the last of its answer; PollForTask and streams wait on purpose',
      labelNames: ['operation'],
      buckets: DURATION_BUCKETS_S,
      registers,
    });
    this.#throttled = new Counter({
      name: 'penstock_api_throttled_total',
      help: 'Calls refused by PENSTOCK_RATE_LIMIT',
      labelNames: ['kind'],
      registers,
    });
    this.#unread = new Counter({
      name: 'penstock_store_read_failures_total',
      help: 'Scrapes for which the store could not be asked: its metrics are missing then',
      registers,
    });
    this.#gauges = {
      instances: gauge('penstock_instances', 'Instances of all pipelines, by status', ['status']),
      lateness: gauge(
        'penstock_instances_lateness_seconds',
        'Time since the scheduled start of the open instance that was due first, by status',
        ['status'],
      ),
      queueAge: gauge(
        'penstock_queue_age_seconds',
        'How long the first instance of a worker group has been waiting for a runner',
        ['worker_group'],
      ),
      queueLength: gauge('penstock_queue_instances', 'Instances that wait for a runner of a worker group', [
        'worker_group',
      ]),
    };
    this.#ofAudit();
    collectDefaultMetrics({ register: this.#registry });
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.counts
        .sumUp()
        .catch((error: unknown) => log('warn', 'Counts of instances cannot be summed up', errorFacts(error)));
    }, SUM_MS);
    this.#timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  /** Media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text form. Those of the store are missing while it does not answer. */
  async text(): Promise<string> {
    if (performance.now() - this.#readMs >= this.freshMs) {
      this.#readMs = performance.now();
      this.#read = this.#readStore();
    }
    await this.#read;
    return this.#registry.metrics();
  }

  throttled(kind: string): void {
    this.#throttled.inc({ kind });
  }

  ended({ call, response, isAnswered, durationMs }: EndedCall): void {
    const { operation = '' } = call;
    const action = actionOf(operation);
    // Whatever else a client has named would be a series of its own.
    const label = operation !== '' && Object.hasOwn(ACTIONS, action) ? action : 'other';
    this.#calls.inc({ operation: label, status: isAnswered ? String(response.statusCode) : 'aborted' });
    this.#durations.observe({ operation: label }, durationMs / 1000);
  }

  async #readStore(): Promise<void> {
    const { instances, lateness, queueAge, queueLength } = this.#gauges;
    let facts: StoreFacts | undefined;
    try {
      facts = await this.#facts();
    } catch (error) {
      this.#unread.inc();
      log('warn', 'The store cannot be asked for metrics', errorFacts(error));
    }
    for (const each of [instances, lateness, queueAge, queueLength]) each.reset();
    if (facts === undefined) return;
    const nowMs = Date.now();
    const secondsSince = (instant: string): number => Math.max(0, (nowMs - Date.parse(instant)) / 1000);
    for (const status of ALL_STATUSES) instances.set({ status }, facts.counts.get(status) ?? 0);
    for (const status of OPEN_STATUSES) {
      const due = facts.due.get(status);
      lateness.set({ status }, due === undefined ? 0 : secondsSince(due));
    }
    for (const [group, queue] of facts.queues) {
      queueAge.set({ worker_group: group }, secondsSince(queue.since));
      queueLength.set({ worker_group: group }, queue.instances);
    }
  }

  async #facts(): Promise<StoreFacts> {
    const [counts, due, waiting] = await Promise.all([
      this.counts.byStatus(),
      this.counts.oldestDue(OPEN_STATUSES),
      this.counts.waitingForRunner(),
    ]);
    return { counts, due, queues: await this.groups.of(waiting) };
  }

  #ofAudit(): void {
    const { auditLog } = this;
    const count = (name: string, help: string, value: () => number): Counter =>
      new Counter({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.reset();
          this.inc(value());
        },
      });
    count('penstock_audit_records_total', 'Audit records that this process wrote', () => auditLog.written);
    count(
      'penstock_audit_failures_total',
      'Audit records that this process could not write: each is in its log',
      () => auditLog.failures,
    );
  }
}
