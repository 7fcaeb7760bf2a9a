import { canonicalJson } from './canonical-json.js';
import type { AuditEntry, AuditRecord } from './audit-record.js';

/** SHA-256 of the text's UTF-8, in hex. Given by the caller: the model has no crypto of its own. */
export type Sha256 = (text: string) => string;

/** Where a chain stands: its newest record. A checkpoint, when it is kept elsewhere. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** The head of a chain without records. */
export const GENESIS: AuditHead = { sequence: 0, hash: '0'.repeat(64) };

/** The entry as the record after `head`. The store's chain is made by the same rule within the database (`penstock_audit_append`). */
export function chained(entry: AuditEntry, head: AuditHead, sha256: Sha256): AuditRecord {
  const place = { ...entry, sequence: head.sequence + 1, previous: head.hash };
  return { ...place, hash: sha256(canonicalJson(place)) };
}

/** The record's one line of an export, without the line's end. */
export function auditLine(record: AuditRecord): string {
  return canonicalJson(record);
}

/** A head as people keep it: `42:9f86d081…`. */
export function printHead({ sequence, hash }: AuditHead): string {
  return `${sequence}:${hash}`;
}

/** Reads what `printHead` wrote; undefined when it is none. */
export function parseHead(text: string): AuditHead | undefined {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim());
  const [, sequence, hash] = match ?? [];
  return sequence === undefined || hash === undefined ? undefined : { sequence: Number(sequence), hash };
}
