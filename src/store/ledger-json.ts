import type {
  AttemptState,
  InstanceState,
  NewInstance,
  RunChanges,
} from '../../activities/bookkeeping/ledger.js';

/** What one write of the ledger holds, one entry a row: JSON text for json_to_recordset. */
export interface LedgerRows {
  /** Rows to make. */
  readonly created: readonly InstanceRowJson[];
  /** Rows to change. */
  readonly changed: readonly InstanceState[];
  readonly attempts: readonly AttemptState[];
}

type InstanceRowJson = NewInstance & Omit<InstanceState, 'id' | 'status' | 'triesLeft'>;

/**
 * The rows of `changes`, each id once with its greatest `seq`: one statement cannot change a row twice, nor change a row
 * that it makes.
 */
export function ledgerRows(changes: RunChanges): LedgerRows {
  const changed = newest(changes.instances, ({ id }) => id);
  const made = new Map<string, NewInstance>();
  for (const instance of changes.created ?? []) if (!made.has(instance.id)) made.set(instance.id, instance);
  return {
    created: sorted([...made.values()], ({ id }) => id).map((instance) => {
      const state = changed.get(instance.id);
      return { ...instance, seq: 0, attemptCount: 0, waitingOn: [], cascadeFailedOn: [], ...state };
    }),
    // Also those that are made here: when the row was there before, it is not made but changed.
    changed: sorted([...changed.values()], ({ id }) => id),
    attempts: sorted(
      [...newest(changes.attempts, ({ instanceId, number }) => `${instanceId}\n${number}`).values()],
      ({ instanceId }) => instanceId,
    ),
  };
}

/** JSON text that PostgreSQL can hold: NUL characters and lone surrogates, which a script may print, become U+FFFD. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replace(UNSTORABLE, '\uFFFD') : inner,
  );
}

const UNSTORABLE = /[\0\p{Surrogate}]/gu;

function newest<T extends { readonly seq: number }>(
  items: readonly T[],
  keyOf: (item: T) => string,
): Map<string, T> {
  const byKey = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const other = byKey.get(key);
    if (other === undefined || item.seq > other.seq) byKey.set(key, item);
  }
  return byKey;
}

// The same order everywhere, so that two writers of the same rows do not lock them crosswise.
function sorted<T>(items: T[], keyOf: (item: T) => string): T[] {
  return items.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0));
}
