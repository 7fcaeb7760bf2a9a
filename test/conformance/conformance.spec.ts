import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { aWhyApi } from '../api/why-api.js';
import { aTestEngine } from '../engine/test-engine.js';
import type { ClientName } from './clients.js';
import { OPERATIONS, readGroups, runClient } from './suite.js';

it('the API answers boto3, the JavaScript SDK and the AWS CLI as the table says', async () => {
  const engine = await aTestEngine();
  const { url, key } = await aWhyApi(engine);
  const folder = await mkdtemp(join(tmpdir(), 'penstock-conformance-'));
  try {
    const credentialsPath = join(folder, 'credentials');
    await writeFile(
      credentialsPath,
      `[default]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`,
    );
    const tools = { python: inject('python'), aws: inject('awsCli'), cacheDir: folder };
    const target = { url, credentialsPath };
    const all = await readGroups();
    // Each call of the CLI costs a second of processor; test/e2e has most of its verbs, `npm run conformance` all of them.
    const few = await readGroups(['tags', 'create-default-roles']);
    const runs = (['boto3', 'javascript', 'aws-cli'] as const).map(async (name: ClientName) => {
      const results = await runClient(name, target, tools, name === 'aws-cli' ? few : all);
      expect(
        results.filter(({ fault }) => fault !== undefined),
        name,
      ).toEqual([]);
      if (name === 'aws-cli') return;
      const asked = new Set(results.map(({ operation }) => operation));
      expect([...asked].toSorted(), name).toEqual([...OPERATIONS].toSorted());
    });
    await Promise.all(runs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('docs/aws-clients.md shows the lines by which the drivers find the server', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');
  const docs = await read('../../docs/aws-clients.md');
  for (const [language, driver] of [
    ['python', 'boto3/driver.py'],
    ['js', 'javascript/driver.mjs'],
    ['java', 'java/src/main/java/Driver.java'],
    ['go', 'go/main.go'],
  ] as const) {
    const block = new RegExp(`^\\\`\\\`\\\`${language}\\n(.*?)^\\\`\\\`\\\``, 'ms').exec(docs)?.[1] ?? '';
    const source = (await read(driver)).split('\n').map((line) => line.trim());
    expect(block, language).not.toBe('');
    for (const line of block.trim().split('\n')) expect(source, language).toContain(line.trim());
  }
});
