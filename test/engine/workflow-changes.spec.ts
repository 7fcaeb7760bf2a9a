import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { WORKFLOW_BUILD, WORKFLOW_CHANGES } from '../../workflows/changes.js';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/', import.meta.url));

function patchesOf(source: string): string[] {
  return [...source.matchAll(/\b(?:patched|deprecatePatch)\(\s*'([^']+)'/g)].map(([, id = '']) => id);
}

describe('what changes a decision of the workflows', () => {
  it('finds the patches of a source', () => {
    expect(patchesOf("if (patched('a')) deprecatePatch(\n 'b',\n); unpatched('c');")).toEqual(['a', 'b']);
  });

  it('is listed: every patch, and the SDK in use', () => {
    const sources = readdirSync(WORKFLOWS).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
    );
    const patches = sources.flatMap((name) => patchesOf(readFileSync(`${WORKFLOWS}${name}`, 'utf8')));
    const { dependencies } = JSON.parse(readFileSync(`${WORKFLOWS}../package.json`, 'utf8'));
    expect(WORKFLOW_CHANGES).toEqual(
      expect.arrayContaining([...patches, `sdk ${dependencies['@temporalio/workflow']}`]),
    );
    expect(WORKFLOW_BUILD).toBe(new Set(WORKFLOW_CHANGES).size);
  });
});
