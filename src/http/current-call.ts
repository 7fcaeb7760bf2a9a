import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from '../../model/access/principal.js';
import type { HttpClient } from './client.js';

/** What is known of one HTTP call. Filled in while it is served. */
export interface Call {
  readonly requestId: string;
  /** Where it comes from; read when it came, as a closed connection has no address. */
  client?: HttpClient;
  /** AWS's operation by its bare name, an action of REST with its service: `penstock:GetLogs`. */
  operation?: string;
  /** Who calls, once that is proved. */
  principal?: Principal;
  pipelineId?: string;
  /** Name of the error that was answered. */
  error?: string;
  /** Members of the request's body, as they came: for the audit log, which takes commands from them and no content. */
  members?: Readonly<Record<string, unknown>>;
  /** The caller may not do this, whatever the answer says: that there is no such pipeline, for one. */
  denied?: boolean;
  /** The audit log has it already. */
  audited?: boolean;
  /** Trace that it belongs to, when it is traced. */
  traceId?: string;
}

const storage = new AsyncLocalStorage<Call>();

/** The call that is being served here; undefined in work that no call has begun. */
export function currentCall(): Call | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything that it begins, as part of the call. */
export function within<T>(call: Call, work: () => T): T {
  return storage.run(call, work);
}
