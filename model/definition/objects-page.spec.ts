import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OBJECT_TYPES } from '../objects/catalogue.js';
import { objectsPage } from './objects-page.js';

describe('docs/objects.md', () => {
  it('is what `npm run docs` makes of the catalogue', () => {
    const page = readFileSync(new URL('../../docs/objects.md', import.meta.url), 'utf8');
    expect(page, 'run `npm run docs`').toBe(objectsPage());
  });

  it.each(Object.entries(OBJECT_TYPES))('shows each field of %s', (name, { fields }) => {
    const section = objectsPage().split(`\n### ${name}\n`)[1]?.split('\n##')[0] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(Object.keys(fields).length);
    for (const field of Object.keys(fields))
      expect(rows.filter((row) => row.startsWith(`| \`${field}\` |`))).toHaveLength(1);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(7);
  });
});
