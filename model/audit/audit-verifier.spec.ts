import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditLine, chained, GENESIS, parseHead, printHead, type AuditHead } from './audit-chain.js';
import type { AuditEntry, AuditRecord } from './audit-record.js';
import { AuditVerifier, type AuditExpectations, type AuditVerdict } from './audit-verifier.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const entry = fc.record<AuditEntry>(
  {
    id: fc.uuid(),
    at: fc.constant('2026-11-21T10:00:00.000Z'),
    action: fc.constantFrom('datapipeline:SetStatus', 'penstock:CreateKey'),
    outcome: fc.constantFrom('ok', 'denied'),
    pipelineId: fc.string({ unit: 'binary' }),
    objectIds: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
    objectCount: fc.nat(),
    parameters: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.integer())),
  },
  { requiredKeys: ['id', 'at', 'action', 'outcome'] },
);

function recordsOf(entries: readonly AuditEntry[]): AuditRecord[] {
  let head: AuditHead = GENESIS;
  return entries.map((each) => {
    const record = chained(each, head, sha256);
    head = record;
    return record;
  });
}

const bytesOf = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

function verify(bytes: Uint8Array, expected?: AuditExpectations, pieceBytes = 1000): AuditVerdict {
  const verifier = new AuditVerifier(sha256, expected);
  for (let at = 0; at < bytes.length; at += pieceBytes) verifier.write(bytes.subarray(at, at + pieceBytes));
  return verifier.end();
}

const log = fc.array(entry, { minLength: 1, maxLength: 6 }).map(recordsOf);

describe('an export of the audit log', () => {
  it('fits as it was written, in pieces of any size, alone and against its checkpoint', () => {
    fc.assert(
      fc.property(log, fc.integer({ min: 1, max: 700 }), fc.nat(), (records, pieceBytes, nth) => {
        const bytes = bytesOf(records.map(auditLine));
        const checkpoint = records[nth % records.length] ?? GENESIS;
        const head = { sequence: records.length, hash: records.at(-1)?.hash };
        const fits = { fits: true, records: records.length, head };
        expect(verify(bytes, {}, pieceBytes)).toEqual(fits);
        expect(verify(bytes, { checkpoint }, pieceBytes)).toEqual(fits);
      }),
    );
  });

  it('does not fit with any one byte changed, and the verdict names its line', () => {
    fc.assert(
      fc.property(log, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, place, by) => {
        const bytes = bytesOf(records.map(auditLine));
        const at = place % bytes.length;
        const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
        bytes[at] = ((bytes[at] ?? 0) + by) % 256;
        expect(verify(bytes)).toMatchObject({ fits: false, line });
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['\uFEFF', ' ', '\r', '\n', '\0', '{}\n', 'x'])('does not fit with %j put in anywhere', (text) => {
    fc.assert(
      fc.property(log, fc.nat(), (records, place) => {
        const bytes = bytesOf(records.map(auditLine));
        const at = place % (bytes.length + 1);
        const changed = Buffer.concat([bytes.subarray(0, at), Buffer.from(text), bytes.subarray(at)]);
        expect(verify(changed)).toMatchObject({ fits: false });
      }),
    );
  });

  it('does not fit with a record removed, and names what should stand there', () => {
    fc.assert(
      fc.property(log, fc.nat(), (records, nth) => {
        const gone = nth % records.length;
        const lines = records.map(auditLine).toSpliced(gone, 1);
        const checkpoint = records.at(-1) ?? GENESIS;
        const verdict = verify(bytesOf(lines), { checkpoint });
        expect(verdict).toMatchObject({ fits: false, line: gone + 1 });
        // Only the last one can go unseen, and only without a checkpoint.
        expect(verify(bytesOf(lines)).fits).toBe(gone === records.length - 1);
      }),
    );
  });

  it('does not fit with two records swapped, or one given twice', () => {
    fc.assert(
      fc.property(log, fc.nat(), fc.nat(), (records, one, other) => {
        const lines = records.map(auditLine);
        const [a, b] = [one % lines.length, other % lines.length].toSorted((x, y) => x - y);
        fc.pre(a !== undefined && b !== undefined && a !== b);
        const swapped = lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
        expect(verify(bytesOf(swapped))).toMatchObject({ fits: false, line: a + 1 });
        expect(verify(bytesOf(lines.toSpliced(b, 0, lines[a] ?? '')))).toMatchObject({ fits: false });
      }),
    );
  });

  it('does not fit when cut off within a line, nor against a checkpoint when cut off after one', () => {
    fc.assert(
      fc.property(log, fc.nat(), (records, place) => {
        const bytes = bytesOf(records.map(auditLine));
        const cut = bytes.subarray(0, place % bytes.length);
        const checkpoint = records.at(-1) ?? GENESIS;
        expect(verify(cut, { checkpoint }).fits).toBe(false);
        expect(verify(cut).fits).toBe(cut.length === 0 || cut.at(-1) === 0x0a);
      }),
    );
  });

  it('does not fit a checkpoint when all of it was written anew', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), fc.nat(), (entries, nth) => {
        const records = recordsOf(entries);
        const forged = recordsOf(
          entries.map((each, index) => (index === 0 ? { ...each, outcome: 'failed' } : each)),
        );
        const checkpoint = records[nth % records.length] ?? GENESIS;
        const bytes = bytesOf(forged.map(auditLine));
        expect(verify(bytes).fits).toBe(true); // its own hashes are right: that is what checkpoints are for
        expect(verify(bytes, { checkpoint })).toMatchObject({ fits: false, line: checkpoint.sequence });
      }),
    );
  });

  it('may go on from a checkpoint, and from no other', () => {
    const records = recordsOf(fc.sample(entry, { numRuns: 5, seed: 1 }));
    const rest = bytesOf(records.slice(2).map(auditLine));
    expect(verify(rest, { after: records[1] ?? GENESIS })).toMatchObject({ fits: true, records: 3 });
    expect(verify(rest)).toMatchObject({ fits: false, line: 1 });
    expect(verify(rest, { after: { sequence: 2, hash: GENESIS.hash } })).toMatchObject({ fits: false });
    const late = verify(rest, { after: records[1] ?? GENESIS, checkpoint: records[0] ?? GENESIS });
    expect(late).toMatchObject({ fits: false, problem: expect.stringContaining('record 1') });
  });

  it.each([
    ['no JSON', 'hello', 'line 1 is no JSON'],
    ['another object', '{"a":1}', 'line 1 is no audit record'],
    ['a list', '[]', 'line 1 is no audit record'],
    ['null', 'null', 'line 1 is no audit record'],
  ])('that is %s is refused with what was expected', (_what, line, problem) => {
    const verdict = verify(bytesOf([line]));
    expect(verdict).toMatchObject({ fits: false, problem: expect.stringContaining(problem) });
  });

  it('without records fits, and has the head of nothing', () => {
    expect(verify(bytesOf([]))).toEqual({ fits: true, records: 0, head: GENESIS });
  });
});

describe('a checkpoint', () => {
  it('is read as it was printed', () => {
    const head = { sequence: 42, hash: 'a'.repeat(64) };
    expect(parseHead(`${printHead(head)}\n`)).toEqual(head);
  });
  it.each(['', '42', `-1:${'a'.repeat(64)}`, `42:${'A'.repeat(64)}`, `42:${'a'.repeat(63)}`])(
    'is not %j',
    (text) => expect(parseHead(text)).toBeUndefined(),
  );
});
