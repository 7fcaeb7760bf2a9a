import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OBJECT_TYPES } from '../objects/catalogue.js';
import { readDefinitionFile } from './definition-file.js';
import { validateDefinition } from './validate.js';

const page = readFileSync(new URL('../../docs/extensions.md', import.meta.url), 'utf8');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    examples: [...section.matchAll(/^```json\n([^]*?)^```$/gm)].map((match) => match[1] ?? ''),
  }));

describe('docs/extensions.md', () => {
  it.each(sections)('has a valid example of $title', ({ examples }) => {
    expect(examples).toHaveLength(1);
    for (const text of examples) {
      const { definition, problems } = readDefinitionFile(text);
      expect([...problems, ...validateDefinition(definition)]).toEqual([]);
    }
  });

  it('names every type and field of the catalogue that AWS does not have', () => {
    const own = Object.entries(OBJECT_TYPES).flatMap(([name, type]) => [
      ...(type.extension === true ? [name] : []),
      ...Object.entries(type.fields).flatMap(([field, { extension }]) => (extension === true ? [field] : [])),
    ]);
    expect(own.length).toBeGreaterThan(4);
    expect([...new Set(own)].filter((name) => !page.includes(name))).toEqual([]);
  });
});
