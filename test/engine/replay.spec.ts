import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { describe, expect, inject, it } from 'vitest';
import { penstockDataConverter } from '../../codec/data-converter.js';
import '../quiet-temporal.js';
import { HISTORIES } from './histories.js';

/** `…/<pipelineId>/<scheduleId>/<interval start>`: the id decides nothing, but a history is replayed under one. */
const WORKFLOW_ID = 'replay';

async function replay(file: string, change: (text: string) => string = (text) => text): Promise<void> {
  const history = historyFromJSON(JSON.parse(change(await readFile(`${HISTORIES}${file}`, 'utf8'))));
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: inject('workflowBundlePath') }, dataConverter: penstockDataConverter() },
    history,
    WORKFLOW_ID,
  );
}

const files = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

describe('workflow code of today goes on with recorded histories', () => {
  it('has histories of every workflow', () => {
    const types = new Set(files.map((file) => file.split('.').at(-2)));
    const lifecycle = ['activatePipeline', 'deactivatePipeline', 'deletePipeline'];
    expect(types).toEqual(new Set([...lifecycle, 'runInterval', 'startIntervals', 'backfill']));
  });

  it.each(files)('%s', async (file) => {
    await expect(replay(file)).resolves.toBeUndefined();
  });

  it('notices a history that the code would not have made', async () => {
    const file =
      files.find((name) => name.startsWith('runs-what') && name.endsWith('runInterval.json')) ?? '';
    const foreign = (text: string): string =>
      text.replace('"name":"ShellCommandActivity"', '"name":"CopyActivity"');
    await expect(replay(file, foreign)).rejects.toThrow(/[Nn]ondeterminism/);
  });
});
