import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureBudget } from './failure-budget.js';

const AT = '2026-11-21T10:00:00.000Z';

describe('records of refused calls', () => {
  it('are those of the first of each source; the others are counted', () => {
    const budget = new FailureBudget({ perSource: 2, inAll: 100, sources: 10, named: 10 });
    expect([1, 2, 3, 4].map(() => budget.take('a', AT))).toEqual([true, true, false, false]);
    expect(budget.take('b', AT)).toBe(true);
    expect(budget.close()).toEqual({
      count: 2,
      from: AT,
      to: AT,
      sources: [{ source: 'a', count: 2 }],
      others: 0,
    });
  });

  it('are made again in the next window', () => {
    const budget = new FailureBudget({ perSource: 1, inAll: 1, sources: 1, named: 1 });
    expect([budget.take('a', AT), budget.take('a', AT)]).toEqual([true, false]);
    expect(budget.close()).toMatchObject({ count: 1 });
    expect(budget.take('a', AT)).toBe(true);
    expect(budget.close()).toBeUndefined();
  });

  it('are bounded whatever comes, and nothing goes uncounted', () => {
    const source = fc.nat({ max: 40 }).map((address) => `10.0.0.${address}`);
    fc.assert(
      fc.property(fc.array(source, { maxLength: 300 }), (sources) => {
        const budget = new FailureBudget({ perSource: 3, inAll: 20, sources: 12, named: 4 });
        const own = sources.filter((each) => budget.take(each, AT)).length;
        const rest = budget.close();
        expect(own).toBeLessThanOrEqual(20);
        expect(own + (rest?.count ?? 0)).toBe(sources.length);
        const named = rest?.sources ?? [];
        expect(named.length).toBeLessThanOrEqual(4);
        expect(named.reduce((sum, { count }) => sum + count, rest?.others ?? 0)).toBe(rest?.count ?? 0);
      }),
    );
  });
});
