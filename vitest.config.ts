import { defineConfig } from 'vitest/config';

/** Tiers of tests (see ARCHITECTURE.md): unit beside the code; the rest in test/, on real servers. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          isolate: false, // no test leaves anything behind in a module; to load them all for each file takes longer than the tests
          include: [
            '{model,formats,sealing,workflows,activities,codec,src,cli}/**/*.spec.ts',
            'bootstrap/**/*.spec.mjs',
          ],
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/**/*.spec.ts'],
          globalSetup: ['test/servers.setup.ts'],
          // A guard against what hangs, on a machine that is several times slower than most.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 4, // they wait more than they compute
          isolate: false,
          expect: { poll: { timeout: 120_000, interval: 100 } },
          sequence: { groupOrder: 1 }, // after the unit tests, which say more of what is wrong
        },
      },
    ],
  },
});
