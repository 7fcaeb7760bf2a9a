import { expect, it } from 'vitest';
import { disjointSpans, spanOfPrefix } from './instant-prefix.js';

it.each([
  [['2030'], [['2030-01-01', '2031-01-01']]],
  [
    ['2030-02', '2029-01-01T10'],
    [
      ['2029-01-01T10', '2029-01-01T11'],
      ['2030-02-01', '2030-03-01'],
    ],
  ],
  [['2030-01', '2030-01-05', '2030'], [['2030-01-01', '2031-01-01']]],
  [['2030-01', '2030-02'], [['2030-01-01', '2030-03-01']]],
  [['2030-01-01', '2030-01-01'], [['2030-01-01', '2030-01-02']]],
])('%j are %j, no instant twice', (texts, expected) => {
  const spans = disjointSpans(texts.map((text) => spanOfPrefix('@scheduledStartTime', text)));
  const instant = (text: string): string => `${text}${text.includes('T') ? ':00:00.000Z' : 'T00:00:00.000Z'}`;
  expect(spans).toEqual(
    expected.map(([from = '', before = '']) => ({ from: instant(from), before: instant(before) })),
  );
});
