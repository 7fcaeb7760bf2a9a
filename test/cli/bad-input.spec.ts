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

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command on each of the files, one after the other; a line of JSON for each. */
const ALL = `
  const [program, ...paths] = process.argv.slice(1);
  const { runCli } = await import(program);
  const { readFile } = await import('node:fs/promises');
  for (const path of paths) {
    let stdout = '', stderr = '';
    const code = await runCli(['validate', path], {
      out: async (text) => void (stdout += text),
      err: (text) => void (stderr += text),
      read: (file) => readFile(file),
    });
    console.log(JSON.stringify({ code, stdout, stderr }));
  }`;

let built: BuiltProcess;
let folder: string;
const ended = new Map<string, Ended>();
// In one process of that heap: each would spend more on its start than on its work.
beforeAll(async () => {
  built = buildProcess(['cli', 'formats', 'model'], 'cli/program.js');
  folder = mkdtempSync(join(tmpdir(), 'penstock-bad-'));
  const files = BAD_TEXTS.map(([name, fileName, make], index) => {
    const path = join(folder, `${index}-${fileName}`);
    writeFileSync(path, make());
    return { name, path };
  });
  const argv = [`--max-old-space-size=${HEAP_MIB}`, '--input-type=module', '-e', ALL, built.main];
  const { stdout } = await run(process.execPath, [...argv, ...files.map(({ path }) => path)], {
    env: {},
    maxBuffer: 512 * 1024 * 1024,
  });
  const lines = stdout.trimEnd().split('\n');
  files.forEach(({ name }, index) => ended.set(name, JSON.parse(lines[index] ?? 'null') as Ended));
});
afterAll(() => {
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

const run = promisify(execFile);

describe(`penstock validate in ${HEAP_MIB} MiB`, () => {
  it.each(BAD_TEXTS)('%s', (name, _fileName, _make, expected) => {
    expect(ended.get(name)).toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringMatching(expected),
    });
  });
});
