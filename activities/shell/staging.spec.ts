import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskObject, TaskResult } from '../../model/instance/task.js';
import {
  aContext,
  anObject,
  aTask,
  failureOf,
  logDirectory,
  shellDeps,
} from '../../test/activity/an-attempt.js';
import { shellCommandActivity } from './shell-command-activity.js';

let fixture: Awaited<ReturnType<typeof shellDeps>>;
beforeEach(async () => {
  fixture = await shellDeps(aContext());
});
afterEach(() => fixture.remove());

type Fields = Parameters<typeof anObject>[2];
const run = (fields: Fields, ...nodes: TaskObject[]): Promise<TaskResult> =>
  shellCommandActivity(fixture.deps)(aTask(anObject('ShellCommandActivity', 'A', fields), ...nodes));
const logOf = (name: string): Promise<string> => readFile(join(logDirectory(fixture.home), name), 'utf8');

describe('staging of a ShellCommandActivity', () => {
  const ref = (id: string) => ({ ref: id });
  const node = (id: string, fields: Fields): TaskObject => anObject('S3DataNode', id, fields);

  it('gives each input a directory with its objects and brings outputs to their place after success', async () => {
    const { home } = fixture;
    await mkdir(join(home, 'in/deep'), { recursive: true });
    await writeFile(join(home, 'in/a.txt'), 'a');
    await writeFile(join(home, 'in/deep/b.txt'), 'b');
    await writeFile(join(home, 'single.txt'), 'c');
    await run(
      {
        stage: 'TRUE',
        command:
          'cat "$INPUT1_STAGING_DIR"/a.txt "$INPUT1_STAGING_DIR"/deep/b.txt "${INPUT3_STAGING_DIR}"/single.txt > "$OUTPUT1_STAGING_DIR/all"; ' +
          'mkdir "$OUTPUT1_STAGING_DIR/sub"; echo x > "$OUTPUT1_STAGING_DIR/sub/x"; echo one > "$OUTPUT2_STAGING_DIR/whatever"; env',
        input: [ref('I1'), ref('Q'), ref('I3')],
        output: [ref('O1'), ref('O2')],
      },
      node('I1', { directoryPath: `file://${home}/in` }),
      anObject('SqlDataNode', 'Q', {}),
      node('I3', { filePath: `file://${home}/single.txt` }),
      node('O1', { directoryPath: `file://${home}/out/new/` }),
      node('O2', { filePath: `file://${home}/out/one.txt` }),
    );
    expect(await readFile(join(home, 'out/new/all'), 'utf8')).toBe('abc');
    expect(await readFile(join(home, 'out/new/sub/x'), 'utf8')).toBe('x\n');
    expect(await readFile(join(home, 'out/one.txt'), 'utf8')).toBe('one\n');
    expect((await readdir(join(home, 'out'))).toSorted()).toEqual(['new', 'one.txt']);
    expect(await logOf('stdout.log')).not.toContain('INPUT2');
  });

  it('brings nothing to its place when Temporal does not know the attempt any more', async () => {
    const { home, deps } = fixture;
    const outputs = [
      node('O1', { directoryPath: `file://${home}/out/new/` }),
      node('O2', { filePath: `file://${home}/out/one.txt` }),
    ];
    const object = anObject('ShellCommandActivity', 'A', {
      stage: 'true',
      // Longer than an answer counts: a third of the heartbeat timeout.
      command: 'touch "$OUTPUT1_STAGING_DIR/a" "$OUTPUT2_STAGING_DIR/one.txt"; sleep 1; touch "$HOME/ran"',
      stdout: `${home}/out/stdout`,
      output: [ref('O1'), ref('O2')],
    });
    const shell = shellCommandActivity({
      ...deps,
      standingOf: async () => (existsSync(join(home, 'ran')) ? 'closed' : 'open'),
    });
    await expect(shell(aTask(object, ...outputs))).rejects.toBeInstanceOf(CancelledFailure);
    expect(await readdir(join(home, 'out')).catch(() => [])).toEqual([]);
  });

  it('adds to an output directory that exists, replacing files of the same name', async () => {
    const { home } = fixture;
    await mkdir(join(home, 'out'), { recursive: true });
    await writeFile(join(home, 'out/old'), 'old');
    await writeFile(join(home, 'out/same'), 'old');
    await run(
      {
        stage: 'true',
        command: 'echo new | tee $OUTPUT1_STAGING_DIR/same > $OUTPUT1_STAGING_DIR/fresh',
        output: [ref('O')],
      },
      node('O', { directoryPath: `file://${home}/out` }),
    );
    expect((await readdir(join(home, 'out'))).toSorted()).toEqual(['fresh', 'old', 'same']);
    expect(await readFile(join(home, 'out/same'), 'utf8')).toBe('new\n');
  });

  it('leaves nothing of the output when the command fails', async () => {
    const { home } = fixture;
    const failed = run(
      { stage: 'true', command: 'echo x > $OUTPUT1_STAGING_DIR/x; exit 1', output: [ref('O')] },
      node('O', { directoryPath: `file://${home}/out` }),
    );
    expect((await failureOf(failed)).type).toBe('CommandFailed');
    await expect(readdir(join(home, 'out'))).rejects.toThrow('ENOENT');
  });

  it('has no variables without stage', async () => {
    await run(
      { command: 'echo "[$INPUT1_STAGING_DIR]"', input: [ref('I')] },
      node('I', { directoryPath: 'file:///x' }),
    );
    expect(await logOf('stdout.log')).toBe('[]\n');
  });

  it('refuses a data node without a path before it runs anything', async () => {
    const failed = run({ stage: 'true', command: 'touch $HOME/ran', output: [ref('O')] }, node('O', {}));
    expect((await failureOf(failed)).message).toContain(
      'S3DataNode "O" has neither directoryPath nor filePath',
    );
    await expect(readFile(join(fixture.home, 'ran'))).rejects.toThrow('ENOENT');
  });
});
