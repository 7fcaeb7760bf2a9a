import { describe, expect, it } from 'vitest';
import type { Component } from '../../model/definition/component.js';
import type { AttemptRow, InstanceRow } from '../store/object-selector.js';
import { attemptFields, instanceFields } from './instance-fields.js';

const component: Component = {
  id: 'Copy',
  name: 'Copy logs',
  type: 'CopyActivity',
  fields: {
    input: [{ ref: 'Logs' }],
    command: ['echo #{@scheduledStartTime}'],
    schedule: [{ ref: 'Daily' }],
  },
};

const row: InstanceRow = {
  pipelineId: 'df-1',
  scheduleId: 'Daily',
  intervalStart: '2030-01-01T00:00:00Z',
  id: '@Copy_2030-01-01T00:00:00',
  componentId: 'Copy',
  kind: 'activity',
  type: 'CopyActivity',
  scheduledStart: '2030-01-01T00:00:00Z',
  scheduledEnd: '2030-01-02T00:00:00Z',
  definitionVersion: 3,
  activation: 2,
  status: 'WAITING_ON_DEPENDENCIES',
  references: { input: ['@Logs_2030-01-01T00:00:00'] },
  triesLeft: 3,
  seq: 1,
  attemptCount: 0,
  actualStart: '2030-01-01T00:00:07.123Z',
  waitingOn: ['@Logs_2030-01-01T00:00:00'],
  cascadeFailedOn: [],
  leaseGranted: true,
  changedAt: '2030-01-01T00:00:07.123Z',
};

const valuesOf = (fields: ReturnType<typeof instanceFields>, key: string): string[] =>
  fields.filter((field) => field.key === key).map((field) => field.refValue ?? field.stringValue ?? '');

describe('instanceFields', () => {
  it.each([
    ['@sphere', ['INSTANCE']],
    ['@id', ['@Copy_2030-01-01T00:00:00']],
    ['type', ['CopyActivity']],
    ['@componentParent', ['Copy']],
    ['parent', ['Copy']],
    ['@pipelineId', ['df-1']],
    ['@version', ['2']],
    ['@status', ['WAITING_ON_DEPENDENCIES']],
    ['@scheduledStartTime', ['2030-01-01T00:00:00']],
    ['@scheduledEndTime', ['2030-01-02T00:00:00']],
    ['@actualStartTime', ['2030-01-01T00:00:07']],
    ['@actualEndTime', []],
    ['@finishedTime', []],
    ['@headAttempt', []],
    ['@attemptCount', ['0']],
    ['@triesLeft', ['3']],
    ['@waitingOn', ['@Logs_2030-01-01T00:00:00']],
    ['input', ['@Logs_2030-01-01T00:00:00']],
    ['schedule', ['Daily']],
    ['command', ['echo #{@scheduledStartTime}']],
    ['errorMessage', []],
    ['@resourceStatus', []],
  ])('gives %s as %j', (key, values) => {
    expect(valuesOf(instanceFields(row, component), key)).toEqual(values);
  });

  it('names the newest attempt, the error and the end of a failed one', () => {
    const failed: InstanceRow = {
      ...row,
      status: 'FAILED',
      attemptCount: 3,
      triesLeft: 0,
      actualEnd: '2030-01-01T01:00:00Z',
      errorId: 'CommandFailed',
      errorMessage: 'exit code 1',
      errorStackTrace: 'sh: no such file',
      hostname: 'onprem-1',
      logLocation: 's3://logs/x/',
    };
    const fields = instanceFields(failed, component);
    expect(valuesOf(fields, '@headAttempt')).toEqual(['@Copy_2030-01-01T00:00:00_Attempt=3']);
    expect(valuesOf(fields, '@finishedTime')).toEqual(['2030-01-01T01:00:00']);
    expect(valuesOf(fields, '@waitingOn')).toEqual([]);
    expect(
      ['errorId', 'errorMessage', 'errorStackTrace', 'hostname', '@logLocation'].map((key) =>
        valuesOf(fields, key),
      ),
    ).toEqual([['CommandFailed'], ['exit code 1'], ['sh: no such file'], ['onprem-1'], ['s3://logs/x/']]);
  });

  it('shows the machine and its state on resources', () => {
    const machine: InstanceRow = {
      ...row,
      kind: 'resource',
      type: 'Ec2Resource',
      status: 'RUNNING',
      resourceId: 'local-1',
    };
    const fields = instanceFields(machine, undefined);
    expect(valuesOf(fields, '@resourceId')).toEqual(['local-1']);
    expect(valuesOf(fields, '@resourceStatus')).toEqual(['RUNNING']);
  });

  it('has no value twice for a field that the ledger knows better', () => {
    const fields = instanceFields(row, component);
    const keys = fields.map(({ key }) => key);
    expect(keys.length).toBe(new Set(keys).size);
  });
});

describe('attemptFields', () => {
  const attempt: AttemptRow = {
    pipelineId: 'df-1',
    scheduleId: 'Daily',
    intervalStart: row.intervalStart,
    id: '@Copy_2030-01-01T00:00:00_Attempt=1',
    instanceId: row.id,
    number: 1,
    seq: 1,
    status: 'RUNNING',
    componentId: 'Copy',
    type: 'CopyActivity',
    kind: 'activity',
    scheduledStart: row.scheduledStart,
    scheduledEnd: row.scheduledEnd,
    definitionVersion: 3,
    activation: 2,
    hostname: 'onprem-1',
  };

  it.each([
    ['@sphere', ['ATTEMPT']],
    ['@instanceParent', ['@Copy_2030-01-01T00:00:00']],
    ['@componentParent', ['Copy']],
    ['@status', ['RUNNING']],
    ['hostname', ['onprem-1']],
    ['input', ['@Logs_2030-01-01T00:00:00']],
  ])('gives %s as %j', (key, values) => {
    expect(valuesOf(attemptFields(attempt, component, row.references), key)).toEqual(values);
  });
});
