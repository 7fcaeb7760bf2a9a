import { expect, it } from 'vitest';
import { backfillWarnings } from './backfill-warnings.js';

const definition = (mode: string, startDateTime: string) => ({
  pipelineObjects: [
    {
      id: 'Default',
      name: 'Default',
      fields: [
        { key: 'failureAndRerunMode', stringValue: mode },
        { key: 'schedule', refValue: 'Daily' },
      ],
    },
    {
      id: 'Daily',
      name: 'Daily',
      fields: [
        { key: 'type', stringValue: 'Schedule' },
        { key: 'startDateTime', stringValue: startDateTime },
      ],
    },
    {
      id: 'Copy',
      name: 'Copy',
      fields: [{ key: 'type', stringValue: 'CopyActivity' }],
    },
  ],
  parameterObjects: [],
  parameterValues: [],
});
const now = new Date('2030-01-02T00:00:00Z');

it.each([
  ['CASCADE', '2030-01-01T00:00:00', ['Copy']],
  ['cascade', '2030-01-03T00:00:00', []],
  ['none', '2030-01-01T00:00:00', []],
  ['cascade', 'yesterday', []],
])('mode %s and start %s warn of %j', (mode, start, objectIds) => {
  const warnings = backfillWarnings(definition(mode, start), now);
  expect(warnings.map(({ objectId }) => objectId)).toEqual(objectIds);
});

it('names field, mode and start', () => {
  const [warning] = backfillWarnings(definition('cascade', '2030-01-01T00:00:00'), now);
  expect(warning).toMatchObject({
    severity: 'warning',
    field: 'failureAndRerunMode',
    message: expect.stringContaining('2030-01-01T00:00:00'),
  });
});

it.each([
  ['2030-01-01T00:00:00', ['Copy']],
  ['2030-01-03T00:00:00', []],
])('reads mode and start %s from parameters', (start, objectIds) => {
  const parameterValues = [
    { id: 'myMode', stringValue: 'cascade' },
    { id: 'myStart', stringValue: start },
  ];
  const warnings = backfillWarnings({ ...definition('#{myMode}', '#{myStart}'), parameterValues }, now);
  expect(warnings.map(({ objectId }) => objectId)).toEqual(objectIds);
});
