import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../model/access/principal.js';
import type { Config } from '../config/config.js';
import { parseRateLimits } from '../config/rate-limits.js';
import type { Metrics } from '../metrics/metrics.js';
import { Limiter, rateGroupOf } from './limiter.js';

const principal = (name: string): Principal => ({
  arn: `arn:aws:iam::000000000000:user/${name}`,
  name,
  by: 'access-key',
  credentialId: name,
  policies: [],
});

function aLimiter(text: string | undefined): { limiter: Limiter; throttled: string[] } {
  const rateLimits = text === undefined ? undefined : parseRateLimits(text);
  const throttled: string[] = [];
  const metrics: Pick<Metrics, 'throttled'> = { throttled: (kind) => void throttled.push(kind) };
  return { limiter: new Limiter({ rateLimits } as Config, metrics as Metrics), throttled };
}

const READ = 'datapipeline:ListPipelines';

afterEach(() => void vi.useRealTimers());

describe('the limit of calls', () => {
  it('is none unless it is set', () => {
    const { limiter } = aLimiter(undefined);
    for (let call = 0; call < 1000; call++) expect(limiter.take(principal('anna'), READ)).toBe(0);
  });

  it('lets so many through at once, then so many a second, for each principal and kind apart', () => {
    vi.useFakeTimers();
    const { limiter, throttled } = aLimiter('read=2/s:3');
    const take = (name: string, action = READ) => limiter.take(principal(name), action);
    expect([take('anna'), take('anna'), take('anna'), take('anna')]).toEqual([0, 0, 0, 1]);
    expect(take('bert')).toBe(0);
    expect(take('anna', 'datapipeline:CreatePipeline')).toBe(0);
    expect(throttled).toEqual(['read']);
    vi.advanceTimersByTime(1000);
    expect([take('anna'), take('anna'), take('anna')]).toEqual([0, 0, 1]);
  });

  it('says when to come again', () => {
    vi.useFakeTimers();
    const { limiter } = aLimiter('write=2/m');
    const take = () => limiter.take(principal('anna'), 'datapipeline:CreatePipeline');
    expect([take(), take()]).toEqual([0, 30]);
  });

  it.each([
    ['datapipeline:DescribeObjects', 'read'],
    ['datapipeline:SetStatus', 'write'],
    ['datapipeline:PollForTask', 'tasks'],
    ['datapipeline:ReportTaskProgress', 'tasks'],
    ['penstock:ExplainInstance', 'read'],
    ['penstock:CreateKey', 'write'],
    ['penstock:NeverHeardOf', 'write'],
  ])('%s is of kind %s', (action, kind) => expect(rateGroupOf(action)).toBe(kind));
});

describe('PENSTOCK_RATE_LIMIT', () => {
  it('is read', () => {
    expect(parseRateLimits('read=50/s, write=60/m:20,tasks=0.5/s')).toEqual({
      read: { perSecond: 50, burst: 50 },
      write: { perSecond: 1, burst: 20 },
      tasks: { perSecond: 0.5, burst: 1 },
    });
  });
  it.each([
    ['', 'has ""'],
    ['100', 'has "100"'],
    ['read=50', 'has "read=50"'],
    ['read=0/s', 'has "read=0/s"'],
    ['read=1/h', 'has "read=1/h"'],
    ['read=1/s:0', 'has "read=1/s:0"'],
    ['reads=1/s', 'kinds are read, write, tasks'],
    ['read=1/s,read=2/s', '"read" twice'],
  ])('%j is refused', (text, problem) => expect(parseRateLimits(text)).toContain(problem));
});
