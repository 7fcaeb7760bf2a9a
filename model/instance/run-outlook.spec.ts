import { expect, it } from 'vitest';
import { runOutlook, type OutlookRow } from './run-outlook.js';
import type { Status } from './status.js';

const row = (id: string, status: Status, more: Partial<OutlookRow> = {}): OutlookRow => ({
  id,
  componentId: id,
  kind: 'activity',
  status,
  waitingOn: [],
  ...more,
});
const waiting = (id: string, ...waitingOn: string[]) => row(id, 'WAITING_ON_DEPENDENCIES', { waitingOn });

it.each<[string, OutlookRow[], string]>([
  ['all FINISHED', [row('A', 'FINISHED'), row('B', 'FINISHED')], 'finished'],
  ['what a condition left out', [row('A', 'FINISHED'), row('B', 'SKIPPED')], 'finished'],
  ['a failure', [row('A', 'FAILED'), row('B', 'CASCADE_FAILED')], 'failed'],
  ['a cancellation', [row('A', 'CANCELED')], 'failed'],
  ['an alarm that failed', [row('A', 'FINISHED'), row('Alarm', 'FAILED', { kind: 'action' })], 'finished'],
  [
    'a precondition that nobody asks any more',
    [row('A', 'SKIPPED'), row('P', 'CANCELED', { kind: 'precondition', nodeId: 'A' })],
    'finished',
  ],
  ['work', [row('A', 'FAILED'), waiting('B', 'A'), row('C', 'RUNNING')], 'open'],
  ['a consumer of what failed', [row('A', 'FAILED'), waiting('B', 'A')], 'stuck'],
  ['its own consumer too', [row('A', 'FAILED'), waiting('B', 'A'), waiting('C', 'B')], 'stuck'],
  [
    'one that waits for data besides',
    [row('A', 'FAILED'), waiting('B', 'A'), waiting('C', 'D'), waiting('D')],
    'open',
  ],
  ['what waits for another run', [row('A', 'FAILED'), waiting('B', '@Elsewhere')], 'open'],
  ['what waits for a failure of another run', [waiting('B', '@Failed')], 'stuck'],
  [
    'a resource of what waits for ever',
    [row('A', 'FAILED'), waiting('B', 'A'), row('R', 'WAITING_ON_DEPENDENCIES', { kind: 'resource' })],
    'stuck',
  ],
  [
    'a resource that goes down',
    [row('A', 'FINISHED'), row('R', 'SHUTTING_DOWN', { kind: 'resource' })],
    'open',
  ],
  [
    'a precondition of what waits for ever',
    [
      row('A', 'FAILED'),
      waiting('B', 'A', 'P'),
      row('P', 'WAITING_ON_DEPENDENCIES', { kind: 'precondition', nodeId: 'B' }),
    ],
    'stuck',
  ],
  ['two that wait for each other', [waiting('A', 'B'), waiting('B', 'A')], 'open'],
])('%s', (_, rows, outlook) => {
  expect(runOutlook(rows, new Map([['@Failed', 'FAILED']]))).toBe(outlook);
});
