import { describe, expect, it } from 'vitest';
import type { Field, PipelineDefinition } from './pipeline-definition.js';
import { editProblems } from './edit-problems.js';

const define = (objects: Record<string, Record<string, string | { ref: string }>>): PipelineDefinition => ({
  pipelineObjects: Object.entries(objects).map(([id, members]) => ({
    id,
    name: id,
    fields: Object.entries(members).map(([key, value]): Field =>
      typeof value === 'string' ? { key, stringValue: value } : { key, refValue: value.ref },
    ),
  })),
  parameterObjects: [],
  parameterValues: [],
});

const active = {
  Daily: { type: 'Schedule', period: '1 day', startDateTime: '2030-01-01T00:00:00' },
  Logs: { type: 'S3DataNode', schedule: { ref: 'Daily' } },
  Copy: { type: 'CopyActivity', schedule: { ref: 'Daily' }, input: { ref: 'Logs' }, command: 'a' },
};

describe('editProblems', () => {
  it.each([
    ['nothing', active],
    ['a text', { ...active, Copy: { ...active.Copy, command: 'b' } }],
    ['the end of a schedule', { ...active, Daily: { ...active.Daily, endDateTime: '2031-01-01T00:00:00' } }],
    [
      'a new object',
      {
        ...active,
        New: { type: 'CopyActivity', output: { ref: 'NewLogs' } },
        NewLogs: { type: 'S3DataNode' },
      },
    ],
  ])('allows a change of %s', (_what, next) => {
    expect(editProblems(define(active), define(next))).toEqual([]);
  });

  it.each([
    ['a removed object', { Daily: active.Daily, Logs: active.Logs }, 'Copy', undefined, /"Copy" was removed/],
    [
      'another period',
      { ...active, Daily: { ...active.Daily, period: '1 hour' } },
      'Daily',
      'period',
      /"1 day" to "1 hour"/,
    ],
    [
      'another start',
      { ...active, Daily: { ...active.Daily, startDateTime: '2029-01-01T00:00:00' } },
      'Daily',
      'startDateTime',
      /startTimestamp/,
    ],
    [
      'another time zone',
      { ...active, Daily: { ...active.Daily, timeZone: 'Europe/Berlin' } },
      'Daily',
      'timeZone',
      /none to "Europe\/Berlin"/,
    ],
    [
      'another reference',
      { ...active, Copy: { ...active.Copy, input: { ref: 'Copy' } } },
      'Copy',
      'input',
      /"Logs" to "Copy"/,
    ],
    [
      'a reference more',
      { ...active, Copy: { ...active.Copy, dependsOn: { ref: 'Logs' } } },
      'Copy',
      'dependsOn',
      /none to "Logs"/,
    ],
    [
      'a new writer of an existing object',
      { ...active, New: { type: 'CopyActivity', output: { ref: 'Logs' } } },
      'New',
      'output',
      /"Logs"/,
    ],
  ])('refuses %s', (_what, next, objectId, field, message) => {
    const problems = editProblems(define(active), define(next));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      severity: 'error',
      objectId,
      ...(field === undefined ? {} : { field }),
      message: expect.stringMatching(message),
    });
  });

  // Each sentence of semantics.md 14.4, and beside it what it does not forbid.
  const other = { type: 'S3DataNode', schedule: { ref: 'Daily' } };
  const twoNodes = { ...active, Other: other };
  const without = (field: string) =>
    Object.fromEntries(Object.entries(active.Copy).filter(([key]) => key !== field)) as typeof active.Copy;
  it.each([
    ['removing an object', active, { Daily: active.Daily, Logs: active.Logs }, ['Copy']],
    ['adding one', active, twoNodes, []],
    ['changing a period', active, { ...active, Daily: { ...active.Daily, period: '2 days' } }, ['Daily']],
    ['changing the occurrences', active, { ...active, Daily: { ...active.Daily, occurrences: '3' } }, []],
    [
      'adding a reference field',
      twoNodes,
      { ...twoNodes, Copy: { ...active.Copy, output: { ref: 'Other' } } },
      ['Copy'],
    ],
    ['adding a text field', active, { ...active, Copy: { ...active.Copy, my_x: 'x' } }, []],
    ['deleting a reference field', active, { ...active, Copy: without('input') }, ['Copy']],
    ['deleting a text field', active, { ...active, Copy: without('command') }, []],
    [
      'changing a reference field',
      twoNodes,
      { ...twoNodes, Copy: { ...active.Copy, input: { ref: 'Other' } } },
      ['Copy'],
    ],
    ['changing a text field', active, { ...active, Copy: { ...active.Copy, command: 'b' } }, []],
    [
      'an existing object as output of a new one',
      active,
      { ...active, New: { type: 'CopyActivity', output: { ref: 'Logs' } } },
      ['New'],
    ],
    [
      'an existing object as input of a new one',
      active,
      { ...active, New: { type: 'CopyActivity', input: { ref: 'Logs' } } },
      [],
    ],
    [
      'a new object as output of a new one',
      active,
      { ...twoNodes, New: { type: 'CopyActivity', output: { ref: 'Other' } } },
      [],
    ],
    [
      'changing a start',
      active,
      { ...active, Daily: { ...active.Daily, startDateTime: '2031-01-01T00:00:00' } },
      ['Daily'],
    ],
    [
      'changing an end',
      active,
      { ...active, Daily: { ...active.Daily, endDateTime: '2031-01-01T00:00:00' } },
      [],
    ],
  ])('%s', (_what, before, next, refused) => {
    expect(editProblems(define(before), define(next)).map(({ objectId }) => objectId)).toEqual(refused);
  });

  it('refuses a period that a parameter has changed', () => {
    const withPeriod = (period: string) => ({
      ...define({ Daily: { type: 'Schedule', period: '#{myPeriod}' } }),
      parameterValues: [{ id: 'myPeriod', stringValue: period }],
    });
    expect(editProblems(withPeriod('1 day'), withPeriod('1 day'))).toEqual([]);
    expect(editProblems(withPeriod('1 day'), withPeriod('2 days'))).toMatchObject([
      { objectId: 'Daily', field: 'period' },
    ]);
  });
});
