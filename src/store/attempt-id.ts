import { sql, type RawBuilder } from 'kysely';

/** `<instanceId>_Attempt=<n>`. Source: semantics.md 5. */
export function attemptId(instanceId: string, number: number): string {
  return `${instanceId}_Attempt=${number}`;
}

/** True for the rows `a` of attempts that the ids name, by the primary key; ids of another form name none. */
export function isOneOfAttempts(ids: readonly string[]): RawBuilder<boolean> {
  const keys = ids.flatMap((id) => attemptKey(id) ?? []);
  return sql<boolean>`(a.instance_id, a.number) in (select * from unnest(
    ${keys.map(({ instanceId }) => instanceId)}::text[], ${keys.map(({ number }) => number)}::int[]))`;
}

function attemptKey(id: string): { readonly instanceId: string; readonly number: number } | undefined {
  const match = /^(.+)_Attempt=([1-9]\d{0,8})$/s.exec(id);
  return match?.[1] === undefined ? undefined : { instanceId: match[1], number: Number(match[2]) };
}
