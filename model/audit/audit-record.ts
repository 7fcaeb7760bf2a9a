import type { Principal } from '../access/principal.js';

/**
 * What came of an audited call. `denied`: the caller is known and may not; `unauthenticated`: who calls was not proved; `failed`: it was
 * refused for another reason, or broke; `unknown`: the process ended before it could say.
 */
export const AUDIT_OUTCOMES = ['ok', 'failed', 'denied', 'unauthenticated', 'unknown'] as const;

/** One of `AUDIT_OUTCOMES`. */
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What something was before or after a call, without what it holds. */
export interface AuditDigest {
  readonly of: 'definition' | 'tags' | 'pauses' | 'key';
  /** Of a definition: its version. A secret that was changed alone shows here only, as secrets are masked before they are digested. */
  readonly version?: number;
  /** SHA-256 of the canonical JSON, in hex. Of a definition: as GetPipelineDefinition shows it, so that every reader can check it. */
  readonly sha256: string;
}

/** Calls beyond those that have records of their own, counted. */
export interface AuditRepetition {
  readonly count: number;
  /** ISO-8601 UTC, of the first and the last. */
  readonly from: string;
  readonly to: string;
  /** Those with the most calls. */
  readonly sources: readonly { readonly source: string; readonly count: number }[];
  /** Calls of all others. */
  readonly others: number;
}

/** One audited call, before it has its place in the chain. Holds no secret and no definition. */
export interface AuditEntry {
  /** UUID of the entry. */
  readonly id: string;
  /** When the call came, ISO-8601 UTC. */
  readonly at: string;
  /** `datapipeline:<Operation>` or `penstock:<Verb>`; `unknown` when the call was refused before that was read. */
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** Name of the error that was answered. */
  readonly error?: string;
  readonly requestId?: string;
  readonly protocol?: 'aws-json' | 'rest';
  readonly actor?: Pick<Principal, 'arn' | 'name' | 'by' | 'credentialId'> & { readonly role?: string };
  /** Id of the credential that an unproved call named. */
  readonly claimedCredentialId?: string;
  readonly source?: { readonly address: string; readonly userAgent?: string };
  readonly pipelineId?: string;
  /** The first ids of what it was about. */
  readonly objectIds?: readonly string[];
  /** How many there were, when not all are named. */
  readonly objectCount?: number;
  readonly workerGroup?: string;
  /** What was asked for, as far as it is a command and not content: `status`, `cancelActive`, … */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  readonly before?: AuditDigest;
  readonly after?: AuditDigest;
  readonly repeated?: AuditRepetition;
}

/** An entry in the chain. */
export interface AuditRecord extends AuditEntry {
  /** 1, 2, 3, … without gaps. */
  readonly sequence: number;
  /** `hash` of the record before; of the first one `GENESIS`. */
  readonly previous: string;
  /** SHA-256, in hex, of the canonical JSON of all other members. */
  readonly hash: string;
}
