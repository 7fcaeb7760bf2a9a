/** For `vi.waitFor`: a guard against what never comes, on a machine that is several times slower than most. */
export const WAIT = { timeout: 120_000, interval: 50 };
