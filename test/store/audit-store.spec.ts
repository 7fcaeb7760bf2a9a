import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { auditLine, chained, GENESIS } from '../../model/audit/audit-chain.js';
import type { AuditEntry } from '../../model/audit/audit-record.js';
import { AuditVerifier, type AuditVerdict } from '../../model/audit/audit-verifier.js';
import { AuditStore, sha256 } from '../../src/store/audit-store.js';
import { Database } from '../../src/store/database.js';
import { SERVERS, useDatabase } from './test-database.js';

const anEntry = (facts: Partial<AuditEntry> = {}): AuditEntry => ({
  id: randomUUID(),
  at: '2026-11-21T10:00:00.000Z',
  action: 'datapipeline:SetStatus',
  outcome: 'ok',
  ...facts,
});

describe.each(SERVERS)('AuditStore on %s', (_version, server) => {
  const shared = useDatabase(server);
  const store = (): AuditStore => new AuditStore(shared.database);

  async function verdict(): Promise<AuditVerdict> {
    const verifier = new AuditVerifier(sha256);
    for (const { line } of await store().lines(0, 10_000)) verifier.write(Buffer.from(`${line}\n`));
    return verifier.end();
  }

  it('begins with nothing', async () => {
    expect(await store().head()).toEqual(GENESIS);
    expect(await store().list({}, { limit: 10 })).toEqual({ records: [] });
  });

  it('is one chain without gaps when two processes write at once', async () => {
    const other = new Database(shared.url);
    try {
      const [one, two] = [store(), new AuditStore(other)];
      const writes = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : two).append(
          Array.from({ length: 1 + (index % 3) }, () => ({ entry: anEntry(), begun: false })),
        ),
      );
      await Promise.all(writes);
    } finally {
      await other.close();
    }
    expect(await verdict()).toEqual({ fits: true, records: 79, head: await store().head() });
  });

  it.each([
    ['update', sql`update audit_records set outcome = 'ok'`],
    ['delete', sql`delete from audit_records where sequence = 1`],
    ['delete of nothing', sql`delete from audit_records where false`],
    ['truncate', sql`truncate audit_records`],
  ])('refuses every %s', async (_what, statement) => {
    await expect(statement.execute(shared.database.kysely)).rejects.toThrow('The audit log can only grow');
  });

  it('keeps text of every kind as it was', async () => {
    const objectIds = ['\0', '\ud800', '"\\\u2028😀', '\uFEFF'];
    await store().append([{ entry: anEntry({ objectIds }), begun: false }]);
    expect((await store().list({}, { limit: 1 })).records).toMatchObject([{ objectIds }]);
    expect(await verdict()).toMatchObject({ fits: true });
  });

  it('is made in the database as the model makes it', async () => {
    const before = await store().head();
    const entries = [anEntry({ objectIds: ['"sequence":0', 'previous', '$1\\1'] }), anEntry()];
    await store().append(entries.map((entry) => ({ entry, begun: false })));
    let head = before;
    const expected = entries.map((entry) => {
      const record = chained(entry, head, sha256);
      head = record;
      return { sequence: record.sequence, line: auditLine(record) };
    });
    expect(await store().lines(before.sequence, 10)).toEqual(expected);
  });

  it('finds records, newest first, page by page', async () => {
    const actor = {
      arn: 'arn:aws:iam::1:user/anna',
      name: 'anna',
      by: 'api-token',
      credentialId: 'T',
    } as const;
    const at = (hour: number): string => `2030-01-01T0${hour}:00:00.000Z`;
    await store().append([
      { entry: anEntry({ at: at(1), actor, pipelineId: 'df-1' }), begun: false },
      { entry: anEntry({ at: at(2), outcome: 'denied', pipelineId: 'df-1' }), begun: false },
      { entry: anEntry({ at: at(3), action: 'penstock:CreateKey' }), begun: false },
    ]);
    const times = async (filter: object): Promise<string[]> =>
      (await store().list(filter, { limit: 10 })).records.map((record) => record.at);
    expect(await times({ from: at(1) })).toEqual([at(3), at(2), at(1)]);
    expect(await times({ from: at(2), to: at(3) })).toEqual([at(2)]);
    expect(await times({ actor: actor.arn })).toEqual([at(1)]);
    expect(await times({ action: 'penstock:CreateKey' })).toEqual([at(3)]);
    expect(await times({ pipelineId: 'df-1' })).toEqual([at(2), at(1)]);
    expect(await times({ outcome: 'denied' })).toEqual([at(2)]);

    const first = await store().list({ from: at(1) }, { limit: 2 });
    const before = first.marker ?? 0;
    const second = await store().list({ from: at(1) }, { limit: 2, before });
    expect([...first.records, ...second.records].map((record) => record.at)).toEqual([at(3), at(2), at(1)]);
    expect(second).not.toHaveProperty('marker');
  });

  it('tells of a call whose process died, once, whoever looks', async () => {
    const [died, ended] = [anEntry(), anEntry()];
    await store().begin(died);
    await store().begin(ended);
    await store().append([{ entry: { ...ended, outcome: 'failed' }, begun: true }]);
    expect(await store().appendOverdue(new Date(Date.now() - 3_600_000))).toBe(0);
    const later = new Date(Date.now() + 60_000);
    const counts = await Promise.all([store().appendOverdue(later), store().appendOverdue(later)]);
    expect(counts.toSorted()).toEqual([0, 1]);
    const { records } = await store().list({}, { limit: 2 });
    expect(records).toMatchObject([
      { id: died.id, outcome: 'unknown' },
      { id: ended.id, outcome: 'failed' },
    ]);
    expect(await verdict()).toMatchObject({ fits: true });
  });
});
