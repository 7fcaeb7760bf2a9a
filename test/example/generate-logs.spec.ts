import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { addDays, logFileName, logOfDay, writeWhole } from '../../examples/web-logs/generate-logs.mjs';
import { readLine } from './combined-log.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe('generated access log', () => {
  const lines = logOfDay('2026-11-11').split('\n');

  it('is the same each time for the same day, and another for another day', () => {
    expect(logOfDay('2026-11-11')).toBe(lines.join('\n'));
    expect(logOfDay('2026-11-12')).not.toBe(lines.join('\n'));
  });

  it('has thousands of lines in the combined log format, each with a line feed', () => {
    expect(lines.at(-1)).toBe('');
    expect(lines.length).toBeGreaterThan(2_500);
    for (const line of lines.slice(0, -1)) expect(readLine(line), line).toBeDefined();
  });

  it('lies wholly in its day and is in order of time', () => {
    const times = lines.slice(0, -1).map((line) => readLine(line)?.time ?? '');
    expect(new Set(times.map((time) => time.slice(0, 10)))).toEqual(new Set(['2026-11-11']));
    expect(times).toEqual([...times].sort());
  });

  it('has people, programs, errors and dead links in it', () => {
    const statuses = new Set(lines.slice(0, -1).map((line) => readLine(line)?.status));
    for (const status of [200, 206, 301, 303, 304, 404, 408]) expect(statuses).toContain(status);
    expect(logOfDay('2026-11-05')).toContain(' 503 ');
  });
});

it('counts days over the ends of months and years', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(addDays('2027-01-01', -1)).toBe('2026-12-31');
});

it('leaves a written file and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'web-logs-'));
  folders.push(folder);
  await writeWhole(join(folder, 'raw'), logFileName('2026-11-11'), 'whole\n');
  expect(await readdir(join(folder, 'raw'))).toEqual(['access-2026-11-11.log']);
  expect(await readFile(join(folder, 'raw', 'access-2026-11-11.log'), 'utf8')).toBe('whole\n');
});
