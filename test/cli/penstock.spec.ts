import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProcess, type BuiltProcess } from '../activity/built-runner.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples', 'web-logs', 'pipeline-definition.json');
const VALUES = [
  'myStart=2026-11-01T00:00:00',
  ...['myRawLogs', 'myArchive', 'myProgram', 'myReports', 'myLogs'].map((id) => `${id}=file:///data/${id}`),
].flatMap((value) => ['--value', value]);
const RANGE = ['--from', '2026-11-01', '--to', '2026-11-15'];

let built: BuiltProcess;
beforeAll(() => {
  built = buildProcess(['cli', 'formats', 'model'], 'cli/main.js');
});
afterAll(() => built.remove());

const run = promisify(execFile);
const shell = (script: string) => run('bash', ['-o', 'pipefail', '-c', script, process.execPath, built.main]);

/** Without environment: nothing of a server can be meant. */
const penstock = (...argv: readonly string[]) =>
  run(process.execPath, [built.main, ...argv], { env: {}, maxBuffer: 64 * 1024 * 1024 });

describe('penstock as a process', () => {
  it('plans the example without a server', async () => {
    const { stdout } = await penstock('plan', EXAMPLE, ...RANGE, ...VALUES, '--json');
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toContain('@ArchiveLog_2026-11-14T00:00:00');
    expect(ids).toContain('@WeeklyReport_2026-11-08T00:00:00');
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('ends with the exit code and a message', async () => {
    await expect(penstock('validate', '/none.json')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"/none.json" cannot be read'),
    });
    await expect(penstock('validate', EXAMPLE)).rejects.toMatchObject({ code: 1, stderr: '' });
  });

  it('reads standard input, and ends quietly when the reader of its pipe leaves', async () => {
    const argv = ['--from', '2026-11-01', '--to', '4026-11-01', '--table', ...VALUES].join(' ');
    const { stdout, stderr } = await shell(
      `sed 's/"occurrences": "[0-9]*"/"occurrences": "900000"/' ${EXAMPLE} | "$0" "$1" plan - ${argv} | head -n 2`,
    );
    expect(stdout).toMatch(/^due +instance/);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });
});
