import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runCli } from './program.js';

const DAY = { id: 'Day', type: 'Schedule', period: '1 day', startDateTime: '2026-01-05T00:00:00' };
const WORK = {
  id: 'Work',
  type: 'ShellCommandActivity',
  schedule: { ref: 'Day' },
  command: 'echo a\necho b',
  scriptArgument: ['1', '2', '3', '4'],
  workerGroup: 'wg',
};
const OLD = { id: 'Old', name: 'Gone', type: 'Terminate' };
const DB = { id: 'Db', type: 'JdbcDatabase', '*password': 'tops3cret' };

type Objects = readonly Record<string, unknown>[];
interface Values {
  readonly [id: string]: string;
}

/** Compares two files in memory. */
async function diff(
  [before, beforeValues]: readonly [Objects, Values?],
  [after, afterValues]: readonly [Objects, Values?],
  { colour = false, json = false } = {},
) {
  const files: Record<string, string> = {
    'a.json': JSON.stringify({ objects: before, values: beforeValues }),
    'b.json': JSON.stringify({ objects: after, values: afterValues }),
  };
  let out = '';
  let err = '';
  const exit = await runCli(['diff', 'a.json', 'b.json', ...(json ? ['--json'] : [])], {
    out: async (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    read: async (path) => new TextEncoder().encode(files[path]),
    colour,
  });
  expect(err).toBe('');
  return { exit, out };
}

describe('penstock diff', () => {
  it('says that there is no difference', async () => {
    expect(await diff([[DAY, WORK]], [[WORK, DAY]])).toEqual({ exit: 0, out: 'No difference\n' });
  });

  it('shows what changed, object by object, aligned, and what it means for an active pipeline', async () => {
    const after = {
      ...WORK,
      command: 'echo a\necho c',
      scriptArgument: ['1', '9', '3', '4'],
      input: { ref: 'Day' },
    };
    const { exit, out } = await diff(
      [[DAY, WORK, OLD, DB], { myA: '1' }],
      [[DAY, after, { ...DB, '*password': 'oth3r' }, { ...OLD, id: 'New' }], { myA: '2' }],
    );
    expect(exit).toBe(1);
    expect(out).toBe(`~ Work  (ShellCommandActivity)
    - command         echo a
                      echo b
    + command         echo a
                      echo c
    - scriptArgument  … 1 the same
                      2
                      … 2 the same
    + scriptArgument  … 1 the same
                      9
                      … 2 the same
    + input           → Day
- Old  (Terminate)
    - name  Gone
~ Db  (JdbcDatabase)
    ~ *password  (secret, changed)
+ New  (Terminate)
    + name  Gone
- value myA  1
+ value myA  2

4 objects: 1 added, 1 removed, 2 changed; 1 value: 1 changed

For an active pipeline: it cannot be activated so.
  refused: Object "Work": reference field "input" was changed from none to "Day": references of an object cannot be changed after activation
  refused: Object "Old" was removed: an object of an activated pipeline must stay in its definition
  Work.command, Work.scriptArgument, Db.*password:
    For intervals (ondemand: runs) that start after the next activation. One that has started keeps what
    it has, its retries too; a rerun in an interval whose run has ended uses the new.
  New:
    Takes part in intervals that start after the next activation. Earlier intervals do without it, their
    reruns too.
  value myA:
    Runs do not use it.
`);
  });

  it('has colours on a terminal only, and never moves its cursor', async () => {
    const files = [[[{ ...WORK, command: 'a' }]], [[{ ...WORK, command: '\u001B[2J' }]]] as const;
    const plain = (await diff(...files)).out;
    expect(plain).not.toContain('\u001B');
    expect(plain).toContain('+ command  \\u001b[2J');
    const coloured = (await diff(...files, { colour: true })).out;
    expect(coloured).toContain('\u001B[33m~ Work\u001B[0m');
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it('--json is one object with all of it, without secrets', async () => {
    const { exit, out } = await diff([[DB]], [[{ ...DB, '*password': 'oth3r' }]], { json: true });
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      before: 'a.json',
      after: 'b.json',
      same: false,
      objects: [{ id: 'Db', change: 'changed', fields: [{ name: '*password', secret: true }] }],
      parameters: [],
      values: [],
      active: { allowed: true, changes: [{ id: 'Db', field: '*password', effects: ['newRuns'] }] },
    });
    expect(out).not.toMatch(/s3cret|oth3r/);
  });

  it('says of a masked secret that it was not compared', async () => {
    const { exit, out } = await diff([[DB]], [[{ ...DB, '*password': '********' }]]);
    expect(exit).toBe(0);
    expect(out).toBe(
      '? Db  (JdbcDatabase)\n    ? *password  (secret, not compared)\n\n1 object: 1 not compared\n',
    );
  });
});
