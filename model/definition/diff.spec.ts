import { describe, expect, it } from 'vitest';
import { activeDiff, type Effect } from './change-effects.js';
import { readDefinitionFile } from './definition-file.js';
import { diffDefinitions, type DefinitionDiff } from './diff.js';
import { maskSecrets } from './secrets.js';

interface File {
  readonly objects?: readonly Record<string, unknown>[];
  readonly parameters?: readonly Record<string, unknown>[];
  readonly values?: Record<string, unknown>;
}

const define = (file: File) => {
  const { definition, problems } = readDefinitionFile(JSON.stringify({ objects: [], ...file }));
  expect(problems).toEqual([]);
  return definition;
};
const diff = (before: File, after: File) => diffDefinitions(define(before), define(after));
const active = (before: File, after: File) => activeDiff(define(before), define(after), diff(before, after));
const EMPTY: Omit<DefinitionDiff, 'same'> = { objects: [], parameters: [], values: [] };

const DAILY = {
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime: '2030-01-01T00:00:00',
  occurrences: '3',
};
const LOGS = { id: 'Logs', type: 'S3DataNode', schedule: { ref: 'Daily' }, filePath: 's3://b/a' };
const COPY = { id: 'Copy', type: 'CopyActivity', input: { ref: 'Logs' }, maxActiveInstances: '2' };
const FILE = { objects: [DAILY, LOGS, COPY] };

describe('diffDefinitions', () => {
  it.each<[string, File, File]>([
    ['the order of objects', FILE, { objects: [COPY, LOGS, DAILY] }],
    [
      'the order of fields',
      { objects: [{ id: 'A', x: '1', y: '2' }] },
      { objects: [{ y: '2', x: '1', id: 'A' }] },
    ],
    ['a name that is the id', { objects: [{ id: 'A' }] }, { objects: [{ id: 'A', name: 'A' }] }],
    ['a list of one', { objects: [{ id: 'A', x: '1' }] }, { objects: [{ id: 'A', x: ['1'] }] }],
  ])('does not count %s', (_what, before, after) => {
    expect(diff(before, after)).toEqual({ same: true, ...EMPTY });
  });

  it.each<[string, File, File, Partial<DefinitionDiff>]>([
    [
      'an added object, with all its fields',
      { objects: [DAILY] },
      { objects: [DAILY, { id: 'A', type: 'Terminate', name: 'End' }] },
      {
        objects: [
          {
            id: 'A',
            change: 'added',
            type: 'Terminate',
            fields: [
              { name: 'name', change: 'added', secret: false, after: ['End'] },
              { name: 'type', change: 'added', secret: false, after: ['Terminate'] },
            ],
          },
        ],
      },
    ],
    [
      'a removed object',
      { objects: [DAILY, { id: 'A', x: '1' }] },
      { objects: [DAILY] },
      {
        objects: [
          {
            id: 'A',
            change: 'removed',
            fields: [{ name: 'x', change: 'removed', secret: false, before: ['1'] }],
          },
        ],
      },
    ],
    [
      'added, removed and changed fields; the order of a list; references as such',
      { objects: [{ id: 'A', gone: '1', list: ['1', '2'], to: 'B' }] },
      { objects: [{ id: 'A', list: ['2', '1'], new: '3', to: { ref: 'B' } }] },
      {
        objects: [
          {
            id: 'A',
            change: 'changed',
            fields: [
              { name: 'gone', change: 'removed', secret: false, before: ['1'] },
              { name: 'list', change: 'changed', secret: false, before: ['1', '2'], after: ['2', '1'] },
              { name: 'to', change: 'changed', secret: false, before: ['B'], after: [{ ref: 'B' }] },
              { name: 'new', change: 'added', secret: false, after: ['3'] },
            ],
          },
        ],
      },
    ],
    [
      'parameters and their values',
      { parameters: [{ id: 'myA', default: '1' }, { id: 'myB' }], values: { myA: ['1', '2'], myOld: 'x' } },
      { parameters: [{ id: 'myA', default: '2' }], values: { myA: ['1'] } },
      {
        parameters: [
          {
            id: 'myA',
            change: 'changed',
            fields: [{ name: 'default', change: 'changed', secret: false, before: ['1'], after: ['2'] }],
          },
          { id: 'myB', change: 'removed', fields: [] },
        ],
        values: [
          { name: 'myA', change: 'changed', secret: false, before: ['1', '2'], after: ['1'] },
          { name: 'myOld', change: 'removed', secret: false, before: ['x'] },
        ],
      },
    ],
    [
      'keys and ids that JavaScript has a meaning for',
      { objects: [{ id: 'constructor', toString: '1' }] },
      { objects: [{ id: '__proto__', toString: '1' }] },
      {
        objects: [
          {
            id: 'constructor',
            change: 'removed',
            fields: [{ name: 'toString', change: 'removed', secret: false, before: ['1'] }],
          },
          {
            id: '__proto__',
            change: 'added',
            fields: [{ name: 'toString', change: 'added', secret: false, after: ['1'] }],
          },
        ],
      },
    ],
  ])('shows %s', (_what, before, after, expected) => {
    expect(diff(before, after)).toEqual({ same: false, ...EMPTY, ...expected });
  });

  it('compares each of several objects of one id', () => {
    const twice = (x: string) => ({
      objects: [
        { id: 'A', x: '1' },
        { id: 'A', x },
      ],
    });
    expect(diff(twice('1'), twice('1')).same).toBe(true);
    expect(diff(twice('1'), twice('2')).objects).toMatchObject([
      { id: 'A', fields: [{ before: ['1'], after: ['2'] }] },
    ]);
  });
});

describe('secrets in a diff', () => {
  const secret = (text: string): File => ({
    objects: [{ id: 'Db', '*password': text }],
    parameters: [{ id: '*myKey', default: text, description: 'd' }],
    values: { '*myKey': text },
  });

  it('are compared and never shown', () => {
    const changed = diff(secret('tops3cret'), secret('oth3r'));
    expect(changed.same).toBe(false);
    const masks = { change: 'changed', secret: true, before: ['********'], after: ['********'] };
    expect(changed.objects).toEqual([
      { id: 'Db', change: 'changed', fields: [{ name: '*password', ...masks }] },
    ]);
    expect(changed.parameters[0]?.fields).toEqual([{ name: 'default', ...masks }]);
    expect(changed.values).toEqual([{ name: '*myKey', ...masks }]);
    expect(JSON.stringify(changed)).not.toMatch(/s3cret|oth3r/);
    expect(diff(secret('tops3cret'), secret('tops3cret'))).toEqual({ same: true, ...EMPTY });
  });

  it.each([
    ['before', true, false],
    ['after', false, true],
    ['on both sides', true, true],
  ])('are not compared when they are masked %s', (_where, maskBefore, maskAfter) => {
    const mask = (file: File, on: boolean) => (on ? maskSecrets(define(file)) : define(file));
    const masked = diffDefinitions(
      mask(secret('tops3cret'), maskBefore),
      mask(secret('tops3cret'), maskAfter),
    );
    expect(masked).toMatchObject({
      same: true,
      objects: [{ id: 'Db', change: 'notCompared', fields: [{ change: 'notCompared', secret: true }] }],
      parameters: [{ id: '*myKey', change: 'notCompared' }],
      values: [{ name: '*myKey', change: 'notCompared' }],
    });
    expect(JSON.stringify(masked)).not.toContain('s3cret');
  });

  it('which are only named by an expression are shown and compared, masked or not', () => {
    const changed = diffDefinitions(
      define({ objects: [{ id: 'Db', '*password': '#{*myKey}' }] }),
      maskSecrets(define({ objects: [{ id: 'Db', '*password': 'tops3cret' }] })),
    );
    expect(changed.objects[0]?.fields).toEqual([
      { name: '*password', change: 'changed', secret: true, before: ['#{*myKey}'], after: ['********'] },
    ]);
  });
});

describe('activeDiff', () => {
  it.each<[string, File, object]>([
    ['a text', { objects: [DAILY, { ...LOGS, filePath: 's3://b/b' }, COPY] }, { effects: ['newRuns'] }],
    [
      'the end of a schedule',
      { objects: [{ ...DAILY, occurrences: '5' }, LOGS, COPY] },
      { id: 'Daily', field: 'occurrences', effects: ['scheduleEnd'] },
    ],
    [
      'the limit of active instances',
      { objects: [DAILY, LOGS, { ...COPY, maxActiveInstances: '5' }] },
      { effects: ['activeLimit'] },
    ],
    [
      'a limit where there was none',
      { objects: [DAILY, { ...LOGS, maxActiveInstances: '5' }, COPY] },
      { effects: ['newRuns'] },
    ],
    ['a new object', { objects: [DAILY, LOGS, COPY, { id: 'New' }] }, { id: 'New', effects: ['newObject'] }],
    [
      'a new schedule',
      { objects: [DAILY, LOGS, COPY, { ...DAILY, id: 'Other' }] },
      { id: 'Other', effects: ['newSchedule'] },
    ],
  ])('allows %s, and says when it counts', (_what, after, expected) => {
    expect(active(FILE, after)).toEqual({
      allowed: true,
      changes: [expect.objectContaining({ allowed: true, refusals: [], ...expected })],
    });
  });

  it.each<[string, File, object]>([
    ['a removed object', { objects: [DAILY, LOGS] }, { id: 'Copy', change: 'removed' }],
    [
      'another period',
      { objects: [{ ...DAILY, period: '1 hour' }, LOGS, COPY] },
      { id: 'Daily', field: 'period' },
    ],
    [
      'another reference',
      { objects: [DAILY, LOGS, { ...COPY, input: { ref: 'Daily' } }] },
      { id: 'Copy', field: 'input' },
    ],
    [
      'a new writer of an existing object',
      { objects: [DAILY, LOGS, COPY, { id: 'New', type: 'CopyActivity', output: { ref: 'Logs' } }] },
      { id: 'New', change: 'added' },
    ],
  ])('refuses %s, and says why', (_what, after, expected) => {
    expect(active(FILE, after)).toEqual({
      allowed: false,
      changes: [
        expect.objectContaining({
          allowed: false,
          effects: [],
          refusals: [expect.stringMatching(/"(Copy|Daily|New)"/)],
          ...expected,
        }),
      ],
    });
  });

  const withValue = (field: string, value: string, type = 'Schedule'): File => ({
    objects: [{ ...DAILY, type, [field]: '#{myValue}' }],
    values: { myValue: value },
  });
  it.each<[string, File, File, boolean, Effect[]]>([
    ['a period', withValue('period', '1 day'), withValue('period', '1 hour'), false, []],
    ['an end', withValue('occurrences', '3'), withValue('occurrences', '4'), true, ['scheduleEnd']],
    [
      'a command',
      withValue('command', 'a', 'ShellCommandActivity'),
      withValue('command', 'b', 'ShellCommandActivity'),
      true,
      ['newRuns'],
    ],
    ['nothing', { values: { myValue: '1' } }, { values: { myValue: '2' } }, true, ['none']],
  ])('judges a value by what uses it: %s', (_what, before, after, allowed, effects) => {
    expect(active(before, after)).toMatchObject({
      allowed,
      changes: [{ kind: 'value', id: 'myValue', allowed, effects }],
    });
  });

  it('follows a parameter through another, and takes a star for an operator where it is one', () => {
    const file = (value: string): File => ({
      objects: [{ ...DAILY, occurrences: '#{2*myA}' }],
      values: { myA: '#{myB}', myB: value },
    });
    expect(active(file('1'), file('2')).changes).toMatchObject([{ id: 'myB', effects: ['scheduleEnd'] }]);
  });

  it('judges attributes of a parameter: what only people read counts nowhere', () => {
    const file = (attribute: string, value: string): File => ({
      ...withValue('occurrences', '3'),
      parameters: [{ id: 'myValue', [attribute]: value }],
    });
    expect(active(file('description', 'a'), file('description', 'b')).changes).toMatchObject([
      { kind: 'parameter', field: 'description', effects: ['none'] },
    ]);
    expect(active(file('default', '1'), file('default', '2')).changes).toMatchObject([
      { kind: 'parameter', field: 'default', effects: ['scheduleEnd'] },
    ]);
  });

  it('refuses the period of a parent that a Schedule inherits from', () => {
    const file = (period: string): File => ({
      objects: [
        { id: 'Base', period },
        { id: 'S', type: 'Schedule', parent: { ref: 'Base' }, startDateTime: DAILY.startDateTime },
      ],
    });
    expect(active(file('1 day'), file('2 days')).changes).toMatchObject([
      { id: 'Base', field: 'period', allowed: false, refusals: [/Schedule "S": period/] },
    ]);
  });

  it('names a refusal that no changed place explains', () => {
    const before: File = {
      objects: [
        { ...DAILY, parent: 'A', period: [] },
        { id: 'A', period: '1 day' },
        { id: 'B', period: '2 days' },
      ],
    };
    const after: File = {
      objects: [{ ...DAILY, parent: 'B', period: [] }, ...(before.objects ?? []).slice(1)],
    };
    expect(active(before, after)).toMatchObject({
      allowed: false,
      changes: [
        { id: 'Daily', field: 'parent' },
        { id: 'Daily', field: 'period', allowed: false },
      ],
    });
  });

  it('says nothing of what was not compared', () => {
    const file = maskSecrets(define({ objects: [{ id: 'Db', '*password': 'x' }] }));
    expect(activeDiff(file, file, diffDefinitions(file, file))).toEqual({
      allowed: true,
      changes: [expect.objectContaining({ change: 'notCompared', allowed: true, effects: [] })],
    });
  });
});

it('compares 20,000 objects and values that all changed, each value used by way of all others', () => {
  const file = (value: string): File => ({
    objects: Array.from({ length: 10_000 }, (_, i) => ({ id: `O${i}`, x: `#{myP${i}} ${value}` })),
    values: Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`myP${i}`, `#{myP${i + 1}} ${value}`]),
    ),
  });
  const changes = active(file('1'), file('2')).changes;
  expect(changes).toHaveLength(20_000);
});
