import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { describe, expect, inject, it } from 'vitest';
import { penstockDataConverter } from '../../codec/data-converter.js';
import '../quiet-temporal.js';
import { HISTORIES } from './histories.js';

async function* historiesOf(
  names: readonly string[],
  change: (text: string) => string,
): ReplayHistoriesIterable {
  for (const name of names) {
    const text = change(await readFile(`${HISTORIES}${name}`, 'utf8'));
    yield { workflowId: name, history: historyFromJSON(JSON.parse(text)) };
  }
}

/** Replays each; answers by name what went wrong, or `undefined`. */
async function replay(
  names: readonly string[],
  change = (text: string): string => text,
): Promise<Record<string, string | undefined>> {
  const options = {
    workflowBundle: { codePath: inject('workflowBundlePath') },
    dataConverter: penstockDataConverter(),
    // What is replayed was written when it was recorded.
    sinks: { ledger: { record: { fn: () => Promise.resolve() } } },
  };
  const outcomes: Record<string, string | undefined> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories(options, historiesOf(names, change)))
    outcomes[workflowId] = error?.message;
  return outcomes;
}

const files = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

describe('workflow code of today goes on with recorded histories', () => {
  it('has histories of every workflow', () => {
    const types = new Set(files.map((file) => file.split('.').at(-2)));
    const lifecycle = ['activatePipeline', 'deactivatePipeline', 'deletePipeline'];
    expect(types).toEqual(
      new Set([...lifecycle, 'runInterval', 'runAttempts', 'startIntervals', 'backfill']),
    );
  });

  it('replays them all', async () => {
    expect(await replay(files)).toStrictEqual(Object.fromEntries(files.map((file) => [file, undefined])));
  });

  it('notices a history that the code would not have made', async () => {
    const file =
      files.find((name) => name.startsWith('runs-what') && name.endsWith('runInterval.json')) ?? '';
    const foreign = (text: string): string =>
      text.replace('"name":"ShellCommandActivity"', '"name":"CopyActivity"');
    expect(await replay([file], foreign)).toEqual({
      [file]: expect.stringMatching(/[Nn]ondeterminism/) as unknown,
    });
  });
});
