import { GENESIS, type AuditHead, type Sha256 } from './audit-chain.js';
import { canonicalJson } from './canonical-json.js';

/** What an export was found to be. */
export type AuditVerdict =
  | { readonly fits: true; readonly records: number; readonly head: AuditHead }
  | {
      readonly fits: false;
      /** 1-based line of the export; the one after the last when something is missing at the end. */
      readonly line: number;
      readonly problem: string;
    };

/** What an export is held against, beside itself. */
export interface AuditExpectations {
  /** What it goes on from. @default GENESIS: it begins with the first record */
  readonly after?: AuditHead;
  /** A head that was noted before: the export must reach it, with the same hash. Without it a cut-off end cannot be seen. */
  readonly checkpoint?: AuditHead;
}

const NEWLINE = 0x0a;
/** Longest line that is read; records have less than 20,000 bytes. */
const LONGEST_LINE_BYTES = 1024 * 1024;

/**
 * Checks an export of the audit log, one record a line as `auditLine` writes it: each record's hash, its place, and that its bytes are
 * the only ones its record can have. Takes it in pieces of any size; keeps one line.
 */
export class AuditVerifier {
  #head: AuditHead;
  #line = 0;
  #rest: Uint8Array[] = [];
  #problem: { readonly line: number; readonly problem: string } | undefined;
  #sawCheckpoint: boolean;
  // `ignoreBOM`: else three bytes could be put before a line unseen.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(
    private readonly sha256: Sha256,
    private readonly expected: AuditExpectations = {},
  ) {
    this.#head = expected.after ?? GENESIS;
    const { checkpoint } = expected;
    this.#sawCheckpoint =
      checkpoint === undefined ||
      (checkpoint.sequence === this.#head.sequence && checkpoint.hash === this.#head.hash);
  }

  /** Takes the next bytes. Nothing is read any more after the first problem. */
  write(chunk: Uint8Array): void {
    let start = 0;
    while (this.#problem === undefined) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#take(joined([...this.#rest, chunk.subarray(start, end)]));
      this.#rest = [];
      start = end + 1;
    }
    if (this.#problem !== undefined) return;
    if (start < chunk.length) this.#rest.push(chunk.slice(start));
    if (sizeOf(this.#rest) > LONGEST_LINE_BYTES) {
      this.#fail(`has more than ${LONGEST_LINE_BYTES} bytes: expected one audit record a line`);
    }
  }

  /** There is no more. */
  end(): AuditVerdict {
    if (this.#problem === undefined && sizeOf(this.#rest) > 0) {
      this.#fail('does not end with a line break: the export is cut off, or something was added to it');
    }
    const { checkpoint } = this.expected;
    if (this.#problem === undefined && checkpoint !== undefined && !this.#sawCheckpoint) {
      this.#fail(
        checkpoint.sequence > this.#head.sequence
          ? `is missing: the export ends with record ${this.#head.sequence}, and there was a record ${checkpoint.sequence} when the checkpoint was noted`
          : `is too late: the checkpoint is of record ${checkpoint.sequence}, before what this export begins with`,
      );
    }
    if (this.#problem !== undefined) return { fits: false, ...this.#problem };
    return { fits: true, records: this.#line, head: this.#head };
  }

  #take(bytes: Uint8Array): void {
    const problem = this.#problemOf(bytes);
    if (problem === undefined) this.#line++;
    else this.#fail(problem);
  }

  #problemOf(bytes: Uint8Array): string | undefined {
    let text: string;
    let record: unknown;
    try {
      text = this.#decoder.decode(bytes);
      record = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
      return 'is no JSON: expected an audit record';
    }
    if (typeof record !== 'object' || record === null || !('sequence' in record) || !('hash' in record)) {
      return 'is no audit record: expected an object with sequence and hash';
    }
    const { hash, ...place } = record as Readonly<Record<string, unknown>>;
    const { sequence, previous } = place;
    const { sequence: last, hash: lastHash } = this.#head;
    const name = `(record ${JSON.stringify(sequence).slice(0, 40)})`;
    if (sequence !== last + 1) {
      return `${name} is not the next: expected record ${last + 1}, so one was removed, added or moved`;
    }
    if (this.sha256(canonicalJson(place)) !== hash) {
      return `${name} was changed: its hash is not the hash of what it says`;
    }
    if (previous !== lastHash) {
      return last === 0
        ? `${name} does not begin a chain: its "previous" is not all zeros`
        : `${name} does not follow record ${last}: its "previous" is another hash, so one of the two was replaced`;
    }
    if (canonicalJson(record) !== text) {
      return `${name} was changed: its bytes are not the canonical form of its record`;
    }
    this.#head = { sequence, hash };
    return this.#checkpointProblem(name);
  }

  #checkpointProblem(name: string): string | undefined {
    const { checkpoint } = this.expected;
    if (checkpoint?.sequence !== this.#head.sequence) return undefined;
    this.#sawCheckpoint = true;
    return checkpoint.hash === this.#head.hash
      ? undefined
      : `${name} is another one than when the checkpoint was noted: the log was written anew up to here`;
  }

  #fail(problem: string): void {
    this.#problem = { line: this.#line + 1, problem: `line ${this.#line + 1} ${problem}` };
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(sizeOf(parts));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
