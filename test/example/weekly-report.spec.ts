import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, logOfDay } from '../../examples/web-logs/generate-logs.mjs';
import { readLine, type LogLine } from './combined-log.js';

const run = promisify(execFile);
const SCRIPT = resolve('examples/web-logs/report/weekly-report.sh');
const FIRST_WEEK = '2026-11-01';
const SECOND_WEEK = '2026-11-08';
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'web-logs-'));
  await mkdir(join(home, 'nothing'));
  await report(FIRST_WEEK, await archive(FIRST_WEEK, daysFrom(FIRST_WEEK)), 'nothing');
  await report(SECOND_WEEK, await archive(SECOND_WEEK, daysFrom(SECOND_WEEK)), `report-${FIRST_WEEK}`);
});
afterAll(() => rm(home, { recursive: true }));

describe('numbers of the weekly report', () => {
  it.each([FIRST_WEEK, SECOND_WEEK])('are those of an independent count (%s)', async (week) => {
    const numbers = await numbersOf(week);
    const lines = daysFrom(week).flatMap((day) => linesOf(logOfDay(day)));
    const people = lines.filter(({ agent }) => !isProgram(agent));
    expect(total(numbers, 'requests')).toBe(lines.length);
    expect(total(numbers, 'people_requests')).toBe(people.length);
    expect(total(numbers, 'program_requests')).toBe(lines.length - people.length);
    expect(total(numbers, 'bytes')).toBe(sum(lines.map(({ bytes }) => bytes)));
    expect(total(numbers, 'visitors')).toBe(
      new Set(people.map(({ address, agent }) => address + agent)).size,
    );
    expect(total(numbers, 'server_errors')).toBe(lines.filter(({ status }) => status >= 500).length);
    expect(total(numbers, 'unreadable')).toBe(0);
    expect(groupOf(numbers, 'status')).toEqual(counted(lines.map(({ status }) => String(status))));
    expect(groupOf(numbers, 'hour')).toEqual(
      counted(lines.map(({ time }) => time.slice(0, 13).replace('T', ' '))),
    );
    const views = people.filter(isPage);
    expect(total(numbers, 'page_views')).toBe(views.length);
    expect(groupOf(numbers, 'page')).toEqual(counted(views.map(({ path }) => path)));
    const missing = people.filter(({ status }) => status === 404);
    expect(groupOf(numbers, 'missing')).toEqual(counted(missing.map(({ path }) => path)));
  });
});

describe('page of the weekly report', () => {
  it('is well formed, holds the week and refers to nothing outside', async () => {
    const page = await readFile(join(home, `report-${SECOND_WEEK}`, 'report.html'), 'utf8');
    expect(page).toContain('<h1>Web traffic, 8 to 14 November 2026</h1>');
    expect(page).not.toMatch(/<(script|link|img)\b|url\(/);
    expect(openElements(page)).toEqual([]);
    expect([...page.matchAll(/<rect class=people /g)].length).toBe(7 + 24);
  });

  it('compares with the week before when that has a report, and only then', async () => {
    const text = (week: string) => readFile(join(home, `report-${week}`, 'report.txt'), 'utf8');
    expect(await text(FIRST_WEEK)).not.toContain('week before');
    expect(await text(SECOND_WEEK)).toContain('change since the week before');
    expect(await text(SECOND_WEEK)).toContain('links.example brought 260 page views, none the week before');
  });

  it('says which day has no log', async () => {
    const days = daysFrom(SECOND_WEEK).filter((day) => day !== '2026-11-12');
    await report('2026-11-08', await archive('gap', days), 'nothing', 'gap');
    expect(await readFile(join(home, 'report-gap', 'report.txt'), 'utf8')).toContain(
      'There is no log of Thursday 12 November',
    );
  });

  it('shows what visitors write as text, never as mark-up, and counts what it cannot read', async () => {
    const hostile = [
      '198.18.0.1 - - [08/Nov/2026:10:00:00 +0000] "GET /<script>alert(1)</script> HTTP/1.1" 200 5 "-" "Mozilla/5.0"',
      '198.18.0.1 - - [08/Nov/2026:10:00:00 +0000] "GET /a&b HTTP/1.1" 404 5 "http://x/\\"><img src=x>" "Moz\\"illa"',
      '198.18.0.1 - - [08/Nov/2026:10:00:01 +0000] "\\x16\\x03\\x01" 400 5 "-" "-"',
      'not a line of a log',
      '',
    ].join('\n');
    await mkdir(join(home, 'archive-hostile'));
    await writeFile(join(home, 'archive-hostile', 'access-2026-11-08.log.gz'), gzipSync(hostile));
    await report('2026-11-08', 'archive-hostile', 'nothing', 'hostile');
    const page = await readFile(join(home, 'report-hostile', 'report.html'), 'utf8');
    expect(page).toContain('/&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toMatch(/<(script|img)/);
    expect(openElements(page)).toEqual([]);
    expect(page).toContain('1 line of the logs could not be read');
  });
});

it('fails without a log, and with a first day that is no date', async () => {
  await expect(run('bash', [SCRIPT, SECOND_WEEK, join(home, 'nothing'), '', home])).rejects.toThrow();
  await expect(
    run('bash', [SCRIPT, SECOND_WEEK, join(home, 'nothing'), join(home, 'nothing'), join(home, 'none')]),
  ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('no access-*.log.gz') as string });
  await expect(
    run('bash', [SCRIPT, 'Sunday', home, join(home, 'nothing'), join(home, 'none')]),
  ).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('"Sunday"') as string });
});

function daysFrom(week: string): string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((days) => addDays(week, days));
}

async function archive(name: string, days: readonly string[]): Promise<string> {
  const folder = `archive-${name}`;
  await mkdir(join(home, folder));
  for (const day of days) {
    await writeFile(join(home, folder, `access-${day}.log.gz`), gzipSync(logOfDay(day), { level: 1 }));
  }
  return folder;
}

async function report(week: string, from: string, before: string, name = week): Promise<void> {
  await run('bash', [SCRIPT, week, join(home, from), join(home, before), join(home, `report-${name}`)]);
}

async function numbersOf(week: string): Promise<string[][]> {
  const text = await readFile(join(home, `report-${week}`, 'numbers.tsv'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

function groupOf(numbers: readonly string[][], group: string): Record<string, number> {
  return Object.fromEntries(
    numbers.filter((row) => row[0] === group).map(([, key = '', value]) => [key, Number(value)]),
  );
}

function total(numbers: readonly string[][], key: string): number | undefined {
  return groupOf(numbers, 'total')[key];
}

function linesOf(log: string): LogLine[] {
  return log.split('\n').flatMap((line) => readLine(line) ?? []);
}

function isProgram(agent: string): boolean {
  const programs = ['bot', 'Bot', 'FeedFetcher', 'UptimeMonitor', 'python-requests', 'zgrab'];
  return agent === '-' || programs.some((name) => agent.includes(name));
}

function isPage({ method, path, status }: LogLine): boolean {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return method === 'GET' && [200, 304].includes(status) && !last.includes('.') && !path.startsWith('/api/');
}

function counted(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0);
}

/** Names of elements of `page` that are not closed, or closed out of turn. */
function openElements(page: string): string[] {
  const open: string[] = [];
  const withoutEnd = new Set(['meta', 'html', 'body', '!doctype']);
  for (const [, slash, name = '', rest = ''] of page.matchAll(
    /<(\/?)([!a-z][a-z0-9]*)((?:"[^"]*"|[^>"])*)>/g,
  )) {
    if (withoutEnd.has(name) || rest.endsWith('/')) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return [...open, `</${name}> out of turn`];
  }
  return open;
}
