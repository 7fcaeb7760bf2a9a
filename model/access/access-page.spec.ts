import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withAccessTable } from './access-page.js';
import { ACTIONS } from './actions.js';
import { readPolicy } from './policy.js';

describe('docs/access.md', () => {
  const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8');

  it('has the table that `npm run docs` makes of the actions', () => {
    expect(page, 'run `npm run docs`').toBe(withAccessTable(page));
    for (const action of Object.keys(ACTIONS)) expect(page.split(`| \`${action}\` |`)).toHaveLength(2);
  });

  it('shows policies that are taken', () => {
    const policies = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, text = '']) => text);
    expect(policies.length).toBeGreaterThan(2);
    for (const text of policies) expect(readPolicy(JSON.parse(text)).problems).toEqual([]);
  });

  it('has no place for a table where it is not told one', () => {
    expect(() => withAccessTable('# Access')).toThrow('expected the lines');
  });
});
