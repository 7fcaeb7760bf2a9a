import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { BoundedFile } from '../../activities/logs/bounded-file.js';
import { LiveTail } from '../../activities/logs/live-tail.js';
import { parsePlace, printPlace } from '../../src/rest/log.views.js';
import { liveAttemptOf } from '../../src/objects/live-activities.js';
import { storedFrom, storedLength } from '../../src/objects/live-log-files.js';
import { newOf } from '../../src/objects/live-log.js';

it('takes what is new of a tail, and says how much was missed', () => {
  const tail = new LiveTail();
  tail.write('stdout', Buffer.from('one\ntwö\n'));
  expect(newOf(tail.read(), 0)).toEqual({ text: 'one\ntwö\n', missed: 0 });
  expect(newOf(tail.read(), 4)).toEqual({ text: 'twö\n', missed: 0 });
  expect(newOf(tail.read(), 9)).toEqual({ text: '', missed: 0 });
  tail.write('stdout', Buffer.from(`${'x'.repeat(99)}\n`.repeat(1_000)));
  const { text, missed } = newOf(tail.read(), 9);
  expect(text).toMatch(/^(x{99}\n)+$/);
  expect(missed + Buffer.byteLength(text)).toBe(100_000);
});

it.each([1_000, 2 * 1024 * 1024, 2 * 1024 * 1024 + 1, 5_000_000])(
  'goes on in a stored file of %i bytes where a tail ended',
  async (size) => {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-log-'));
    const written = Buffer.from(Array.from({ length: size }, (_, at) => at % 251));
    const file = new BoundedFile(join(folder, 'stdout.log'));
    file.write(written);
    file.close();
    const stored = await readFile(file.path);
    await rm(folder, { recursive: true });
    expect(storedLength(stored)).toBe(size);
    for (const from of [0, 10, 999, size - 600, size - 1, size])
      expect(
        storedFrom(stored, from)
          .subarray(-600)
          .equals(written.subarray(Math.max(from, size - 600))),
      ).toBe(true);
    if (size > 3_000_000) expect(storedFrom(stored, 2_000_000).subarray(0, 2).toString()).toBe('\n[');
  },
);

test.each([
  undefined,
  7,
  {},
  { startedAt: 'x', hostname: 'h' },
  { startedAt: 'x', hostname: 'h', log: { text: 'a', to: -1 } },
  { startedAt: 'x', hostname: 1, log: { text: 'a', to: 1 } },
])('a heartbeat of another make, %j, tells nothing', (value) => {
  expect(liveAttemptOf(value)).toBeUndefined();
});

it('takes of a heartbeat what it knows', () => {
  const log = { text: 'a\n', to: 2, files: { stdout: 2, other: 'x', stderr: -1 } };
  expect(
    liveAttemptOf({ startedAt: 's', hostname: 'h', log, progress: { bytes: 1, secret: 'x' }, more: 1 }),
  ).toEqual({
    startedAt: 's',
    hostname: 'h',
    log: { text: 'a\n', to: 2, files: { stdout: 2 } },
    progress: { bytes: 1 },
  });
});

it('has a text for a place', () => {
  const place = {
    attempt: 2,
    startedAt: '2026-01-01T00:00:00.000Z',
    to: 77,
    files: { activity: 1, stdout: 2, stderr: 0 },
  };
  expect(parsePlace(printPlace(place))).toEqual(place);
  for (const text of ['', '0//1/1-1-1', '1//1/1-1', '1//1/1-1-x', '1//1/1-1-1/2', '42'])
    expect(parsePlace(text)).toBeUndefined();
});
