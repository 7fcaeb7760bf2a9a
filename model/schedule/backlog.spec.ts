import { expect, it } from 'vitest';
import { backlogOf, beginsLongAgo } from './backlog.js';
import { parsePeriod } from './period.js';
import { recurring } from './schedule.js';

const day = (number: number, hour = 0) => new Date(Date.UTC(2030, 0, number, hour));
const daily = recurring(day(1), { kind: 'period', period: parsePeriod('1 day') });
const three = recurring(day(1), { kind: 'period', period: parsePeriod('1 day') }, { occurrences: 3 });

it.each([
  ['begins at the start itself', daily, 0, day(1), { from: day(1), intervals: 1 }],
  ['has nothing before the start', daily, 0, new Date(day(1).getTime() - 1), undefined],
  ['counts every interval that has begun', daily, 0, day(10, 5), { from: day(1), intervals: 10 }],
  ['leaves out what was started', daily, 9, day(10, 5), { from: day(10), intervals: 1 }],
  ['is nothing when all was started', daily, 10, day(10, 5), undefined],
  ['ends with the schedule', three, 1, day(10), { from: day(2), intervals: 2 }],
  ['is nothing of a schedule that is over', three, 3, day(10), undefined],
  ['is nothing of ondemand', { kind: 'ondemand' as const }, 0, day(10), undefined],
])('the backlog %s', (_, schedule, nextIndex, now, expected) => {
  const backlog = backlogOf('Daily', schedule, nextIndex, now);
  expect(backlog).toEqual(expected === undefined ? undefined : { scheduleId: 'Daily', ...expected });
});

it('begins long ago when its start is more than one day ago', () => {
  const backlog = { scheduleId: 'Daily', from: day(1), intervals: 1 };
  expect(beginsLongAgo(backlog, day(2))).toBe(false);
  expect(beginsLongAgo(backlog, new Date(day(2).getTime() + 1))).toBe(true);
});
