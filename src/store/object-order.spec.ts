import { describe, expect, it } from 'vitest';
import { awsTime, instanceIdOf, isoTime, nodeInstanceIdOf } from '../../model/instance/ids.js';
import { conditionOf, textInId } from './object-condition.js';
import { asksInstance, orderOf } from './object-order.js';
import type { LedgerSphere, ObjectSelector } from './object-selector.js';

const [SS, SE, AS, AE] = ['@scheduledStartTime', '@scheduledEndTime', '@actualStartTime', '@actualEndTime'];
const on = (fieldName: string, type: ObjectSelector['type'], ...values: string[]): ObjectSelector => ({
  fieldName,
  type,
  values,
});
const year = (field: string) => on(field, 'BETWEEN', '2030-01-01', '2030-12-31');
const day = (field: string) => on(field, 'EQ', '2030-01-01');
const from = (field: string) => on(field, 'GE', '2030');
const until = (field: string) => on(field, 'LE', '2030');
const failed = on('@status', 'EQ', 'FAILED');
const step = on('parent', 'EQ', 'Step');

describe('the order of pages', () => {
  it.each<[LedgerSphere, string, ObjectSelector[], string, boolean]>([
    ['INSTANCE', 'nothing', [], SS, false],
    ['INSTANCE', 'a status', [failed], SS, false],
    ['INSTANCE', 'the shorter time', [year(AS), day(SS)], SS, false],
    ['INSTANCE', 'the shorter time, whichever comes first', [day(SS), year(AS)], SS, false],
    ['INSTANCE', 'times alike', [year(SS), year(AS)], AS, false],
    ['INSTANCE', 'times alike that are open', [until(SE), from(SS)], SE, false],
    ['INSTANCE', 'an open time and one that is not', [from(AE), year(SS)], SS, false],
    ['INSTANCE', 'all times', [from(SS), from(SE), from(AS), from(AE)], AE, false],
    ['ATTEMPT', 'nothing', [], 'id', false],
    ['ATTEMPT', 'a status', [failed], SS, false],
    ['ATTEMPT', 'a status and the scheduled start', [failed, year(SS)], SS, false],
    ['ATTEMPT', 'a status and the scheduled end', [failed, year(SE)], SE, true],
    ['ATTEMPT', 'the scheduled start', [year(SS)], SS, true],
    ['ATTEMPT', 'the scheduled start beside another time', [year(SS), year(AS)], AS, false],
    ['ATTEMPT', 'the scheduled end beside another time', [year(SE), year(AS)], AS, true],
    ['ATTEMPT', 'a component and a status', [step, failed], SS, true],
  ])('of %ss by %s', (sphere, _what, selectors, order, joined) => {
    const conditions = selectors.map((selector) => conditionOf(sphere, selector));
    const found = orderOf(sphere, conditions);
    expect([found, sphere === 'ATTEMPT' && asksInstance(conditions, found)]).toEqual([order, joined]);
  });
});

describe('the scheduled start in ids', () => {
  it.each(['0000-01-01T00:00:00.000Z', '2030-02-28T23:59:59.999Z', '9999-12-31T23:59:59.000Z'])(
    'is the end of the id of every instance: %s',
    (instant) => {
      const start = new Date(instant);
      for (const id of [instanceIdOf('Say', start), nodeInstanceIdOf('Say', 'Check', start)])
        expect(id.slice(-19)).toBe(textInId(isoTime(start)));
    },
  );

  it('is in the order of time, also beside the end of the last year', () => {
    const last = new Date('9999-12-31T23:59:59Z');
    const next = new Date(last.getTime() + 1000).toISOString();
    expect(next).toMatch(/^\+010000/);
    expect(textInId(next) > awsTime(last)).toBe(true);
  });
});
