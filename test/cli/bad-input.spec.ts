import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProcess, type BuiltProcess } from '../activity/built-runner.js';
import { BAD_TEXTS } from '../fixtures/bad-texts.js';

/** Heap of the command, in MiB: what no definition may need more than. */
const HEAP_MIB = 512;

let built: BuiltProcess;
let folder: string;
beforeAll(() => {
  built = buildProcess(['cli', 'formats', 'model'], 'cli/main.js');
  folder = mkdtempSync(join(tmpdir(), 'penstock-bad-'));
});
afterAll(() => {
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

const run = promisify(execFile);

describe(`penstock validate in ${HEAP_MIB} MiB`, () => {
  it.each(BAD_TEXTS)('%s', async (_, fileName, make, expected) => {
    const path = join(folder, fileName);
    writeFileSync(path, make());
    const argv = [`--max-old-space-size=${HEAP_MIB}`, built.main, 'validate', path];
    const ended = run(process.execPath, argv, { env: {}, maxBuffer: 64 * 1024 * 1024 });
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringMatching(expected),
    });
  });
});
