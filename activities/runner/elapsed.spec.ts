import { describe, expect, it } from 'vitest';
import { elapsedSince } from './elapsed.js';

describe('elapsed time', () => {
  it.each([
    ['the process was stopped', [10, 10, 10], 10],
    ['the machine slept', [1, 3_601, 3_601], 3_601],
    ['a virtual machine was paused', [2, 2, 600], 600],
    ['the clock was set back', [5, 5, -3_600], 5],
  ])('is what passed at most: %s', (_what, passed, expected) => {
    let now = [1_000, 2_000, 3_000];
    const elapsed = elapsedSince(() => now);
    now = now.map((start, at) => start + (passed[at] ?? 0));
    expect(elapsed()).toBe(expected);
  });
});
