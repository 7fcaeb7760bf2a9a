import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { ensureBuild } from '../../bootstrap/tools.mjs';
import { chaos } from './main.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('kill -9 of anything at random moments: every instance comes to its right end, and nothing is done twice', async () => {
  await ensureBuild(ROOT);
  const said: string[] = [];
  const violations = await chaos({
    seed: 5,
    minutes: 0,
    short: true,
    dist: join(ROOT, 'dist'),
    temporalBinary: inject('temporalBinary'),
    say: (line) => said.push(line),
  });
  expect(violations, said.join('\n')).toEqual([]);
}, 400_000);
