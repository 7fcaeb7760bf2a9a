import { describe, expect, it } from 'vitest';
import { countPlaceholders, replacePlaceholders, statementsOf } from './sql-text.js';

describe('placeholders', () => {
  it.each([
    ['select ?, ?', 2],
    ["select '?', ?", 1],
    ["select 'it''s ?' , ?", 1],
    ["select E'a\\'?', ?", 1],
    ["select 'a\\', ?", 1],
    ['select "a?b", ?', 1],
    ['-- ?\nselect ?', 1],
    ['/* ? /* ? */ ? */ select ?', 1],
    ['do $$ begin ?; end $$; select ?', 1],
    ['do $a$ $$ ? $a$; select ?', 1],
    ["select data ?? 'a', ?", 1],
    ['select a$b$c, ?', 1],
    ['select ?::date - ?', 2],
  ])('are counted in %s', (sql, count) => {
    expect(countPlaceholders(sql)).toBe(count);
  });

  it('are replaced in order, and ?? becomes ?', () => {
    expect(replacePlaceholders("a = ? and b ?? 'x?' and c = ?;", (index) => `$${index + 1}`)).toBe(
      "a = $1 and b ? 'x?' and c = $2;",
    );
  });
});

describe('statementsOf', () => {
  it('cuts at semicolons of the code only', () => {
    expect(statementsOf("a ';' ; -- x;\n b $$;$$;\n;-- end")).toEqual(["a ';' ", ' -- x;\n b $$;$$']);
  });
});
