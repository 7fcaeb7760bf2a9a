import type { Migration } from 'kysely';
import * as initial from './0001-initial.js';
import * as sharedResources from './0002-shared-resources.js';
import * as pauses from './0003-pauses.js';
import * as events from './0004-events.js';
import * as backfills from './0005-backfills.js';
import * as failedPreconditions from './0006-failed-preconditions.js';
import * as retention from './0007-retention.js';
import * as keys from './0008-keys.js';
import * as idempotencyKeys from './0009-idempotency-keys.js';
import * as audit from './0010-audit.js';
import * as queries from './0011-queries.js';
import * as waitingForRunner from './0012-waiting-for-runner.js';
import * as instanceCounts from './0013-instance-counts.js';
import * as auditAppend from './0014-audit-append.js';
import * as timesInIndexes from './0015-times-in-indexes.js';

/** All migrations by name, in order. A released one is never changed. */
export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-shared-resources': sharedResources,
  '0003-pauses': pauses,
  '0004-events': events,
  '0005-backfills': backfills,
  '0006-failed-preconditions': failedPreconditions,
  '0007-retention': retention,
  '0008-keys': keys,
  '0009-idempotency-keys': idempotencyKeys,
  '0010-audit': audit,
  '0011-queries': queries,
  '0012-waiting-for-runner': waitingForRunner,
  '0013-instance-counts': instanceCounts,
  '0014-audit-append': auditAppend,
  '0015-times-in-indexes': timesInIndexes,
};
