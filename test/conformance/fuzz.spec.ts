import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../api/api.js';
import { fuzz } from './fuzz.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it('answers whatever comes with what AWS would answer, never with a fault', async () => {
  const { url, key } = api;
  // Always the same calls; `npm run conformance -- fuzz` makes others, for as long as one likes.
  const { outcomes } = await fuzz({ url, key, seed: 6, calls: 600, untilMs: Date.now() + 60_000 });
  for (const outcome of ['200', '400 InvalidRequestException', '400 SerializationException']) {
    expect(outcomes.get(outcome), [...outcomes.keys()].join()).toBeGreaterThan(20);
  }
  expect(api.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
