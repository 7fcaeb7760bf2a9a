import type { AuditEntry } from './audit-record.js';

/** What an entry says of the request. */
export type AskedFor = Pick<
  AuditEntry,
  'pipelineId' | 'objectIds' | 'objectCount' | 'workerGroup' | 'parameters'
>;

/** Ids that an entry names. */
const MOST_IDS = 20;
const LONGEST_TEXT = 256;

/** Members of requests that are commands: what is to be done, and no content. Nothing else of a request is written down. */
const COMMANDS = [
  'name',
  'status',
  'taskStatus',
  'errorId',
  'cancelActive',
  'cancelRunning',
  'startTimestamp',
  'from',
  'to',
  'scheduleId',
  'maxActive',
  'rerun',
  'hostname',
  'role',
  'expiresAt',
] as const;

/** What of a request's members is written down. Members may be of any kind: they are those of a request that is not checked yet. */
export function askedFor(members: Readonly<Record<string, unknown>>): AskedFor {
  const parameters: Record<string, string | number | boolean> = {};
  for (const name of COMMANDS) {
    const value = members[name];
    if (typeof value === 'string') parameters[name] = cut(value);
    else if (typeof value === 'number' || typeof value === 'boolean') parameters[name] = value;
  }
  const pipelineId = pipelineIdOf(members['pipelineId']);
  const { workerGroup } = members;
  return {
    ...(pipelineId === undefined ? {} : { pipelineId }),
    ...objectIds(textsOf(members['objectIds'] ?? members['objects'] ?? members['tagKeys'])),
    ...(typeof workerGroup === 'string' ? { workerGroup: cut(workerGroup) } : {}),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** The first ids, and how many there are when that is not all. */
export function objectIds(ids: readonly string[]): AskedFor {
  if (ids.length === 0) return {};
  const named = { objectIds: ids.slice(0, MOST_IDS).map(cut) };
  return ids.length > MOST_IDS ? { ...named, objectCount: ids.length } : named;
}

/** What can be the id of a pipeline; everything else finds none anyway. */
export function pipelineIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,100}$/.test(value) ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}
