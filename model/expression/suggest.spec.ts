import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, listed } from './suggest.js';

describe('didYouMean', () => {
  const FIELDS = ['command', 'scriptUri', 'scriptArgument', 'input', 'output', 'role'];
  it.each([
    ['comand', 'command'],
    ['Command', 'command'],
    ['comamnd', 'command'],
    ['scirptUri', 'scriptUri'],
    ['inptu', 'input'],
    ['roel', 'role'],
    ['outputs', 'output'],
    ['scriptA', 'scriptArgument'],
    ['script', 'scriptUri'],
  ])('%s is near %s', (name, expected) => {
    expect(didYouMean(name, FIELDS)).toBe(`; did you mean "${expected}"?`);
  });

  it.each(['', 'x', 'cat', 'io', 'completely different', 'x'.repeat(1000)])('%s is near nothing', (name) => {
    expect(didYouMean(name, FIELDS)).toBe('');
  });

  it('finds every name with one mistake in it', () => {
    const name = fc.stringMatching(/^[a-z]{6,30}$/);
    fc.assert(
      fc.property(
        name,
        fc.nat(),
        fc.constantFrom('drop', 'double', 'change', 'swap'),
        (right, at, mistake) => {
          const i = at % (right.length - 1);
          const [first = '', second = ''] = [right[i], right[i + 1]];
          const middle = { drop: '', double: first + first, change: '#', swap: second + first }[mistake];
          const wrong = right.slice(0, i) + middle + right.slice(mistake === 'swap' ? i + 2 : i + 1);
          expect(didYouMean(wrong, ['zz', right])).toBe(`; did you mean "${right}"?`);
        },
      ),
    );
  });

  it('stops when the work that many searches share is used up', () => {
    const budget = { comparisonsLeft: 3 };
    expect(didYouMean('roel', ['role'], budget)).toContain('role');
    expect(didYouMean('comand', FIELDS, budget)).toBe('');
    expect(didYouMean('comand', ['command'], budget)).toBe('');
  });
});

describe('listed', () => {
  it('names what exists, and how much more', () => {
    expect(listed([])).toBe('none');
    expect(listed(['a', 'b'])).toBe('a, b');
    expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });
});
