import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';

/** Recorded histories: what released workflow code has done, and what new code must be able to go on with. */
export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

/**
 * Writes one history of each workflow type that a test ran:
 * `PENSTOCK_RECORD_HISTORIES=1 npm test -- --project servers test/engine`.
 */
export async function recordHistories(client: Client, test: string): Promise<void> {
  await mkdir(HISTORIES, { recursive: true });
  const seen = new Set<string>();
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    if (seen.has(type)) continue;
    seen.add(type);
    const show = ['workflow', 'show', '--output', 'json', '--workflow-id', workflowId, '--run-id', runId];
    const server = ['--address', inject('temporalAddress'), '--namespace', client.options.namespace];
    const { stdout } = await promisify(execFile)(inject('temporalBinary'), [...show, ...server], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const slug = test
      .toLowerCase()
      .replace(/[^a-z]+/g, '-')
      .slice(0, 40);
    await writeFile(
      `${HISTORIES}${slug}.${type}.json`,
      `${JSON.stringify(JSON.parse(stdout), withoutStackTraces)}
`,
    );
  }
}

/** They name folders of the machine that recorded, and decide nothing. */
function withoutStackTraces(key: string, value: unknown): unknown {
  return key === 'stackTrace' ? '' : value;
}
