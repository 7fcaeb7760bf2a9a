import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionHolds, printCondition, type Condition, type Outcome } from './condition.js';
import { parseCondition } from './parse-condition.js';

describe('parseCondition', () => {
  it.each<[string, Condition]>([
    ['always()', { kind: 'always' }],
    [' succeeded ( ) ', { kind: 'succeeded', ids: [] }],
    ["failed('Load')", { kind: 'failed', ids: ['Load'] }],
    [`skipped('A', "B's", 'C''s')`, { kind: 'skipped', ids: ['A', "B's", "C's"] }],
    ['not not failed()', { kind: 'not', operand: { kind: 'not', operand: { kind: 'failed', ids: [] } } }],
    [
      "failed('A') or failed('B') and not skipped()",
      {
        kind: 'or',
        operands: [
          { kind: 'failed', ids: ['A'] },
          {
            kind: 'and',
            operands: [
              { kind: 'failed', ids: ['B'] },
              { kind: 'not', operand: { kind: 'skipped', ids: [] } },
            ],
          },
        ],
      },
    ],
    [
      '(always() or failed()) and\n(succeeded() and (skipped()))',
      {
        kind: 'and',
        operands: [
          { kind: 'or', operands: [{ kind: 'always' }, { kind: 'failed', ids: [] }] },
          { kind: 'succeeded', ids: [] },
          { kind: 'skipped', ids: [] },
        ],
      },
    ],
  ])('reads %s', (text, condition) => {
    expect(parseCondition(text).condition).toEqual(condition);
  });

  it('tells the ids and where they stand', () => {
    expect(parseCondition("failed('A', 'B') or not skipped('A')").names).toEqual([
      { id: 'A', at: 7 },
      { id: 'B', at: 12 },
      { id: 'A', at: 32 },
    ]);
  });

  it.each([
    ['', 'column 1: the condition ends too early: expected succeeded(), failed()'],
    ['suceeded()', 'column 1: "suceeded" cannot stand here', 'did you mean "succeeded"?'],
    ['failure()', 'did you mean "failed"?'],
    ['always', 'column 1: "always" stands without parentheses: expected always()'],
    ['failed(Load)', 'column 8: "Load" cannot stand here: expected the id of an object in quotes'],
    ["failed('Load", 'column 8: the id that begins here has no end'],
    ["failed('Load' 'X')", 'column 15: an id in quotes cannot stand here: expected "," or ")"'],
    ["always('Load')", 'always() takes no ids'],
    ['failed() && always()', 'column 10: "&" is not part of a condition: expected "and"'],
    ['!failed()', 'expected "not"'],
    ['failed() failed()', 'column 10: "failed" cannot stand here: expected and, or, or the end'],
    ['(failed()', 'column 10: the condition ends too early: expected and, or, or ")"'],
    ['failed() and', 'column 13: the condition ends too early'],
    ["failed('#{myId}') or #{myMode}", 'column 22', 'a condition holds no expressions'],
    ['failed(\u2018A\u2019)', 'a straight quote'],
    ['('.repeat(52), 'nested deeper than 50 levels'],
    ['not '.repeat(52), 'nested deeper than 50 levels'],
  ])('refuses %s', (text, ...problems) => {
    for (const problem of problems) expect(() => parseCondition(text)).toThrow(problem);
  });

  it('reads megabytes in one go', () => {
    const text = Array.from({ length: 200_000 }, (_, i) => `failed('A${i}')`).join(' or ');
    expect(parseCondition(text).names).toHaveLength(200_000);
    expect(() => parseCondition('('.repeat(5_000_000))).toThrow('nested deeper');
  });

  it('quotes the text and points at the place', () => {
    expect(() => parseCondition("failed('A') oder always()")).toThrow(
      "  failed('A') oder always()\n              ^",
    );
  });

  const ids = fc.array(fc.string({ maxLength: 8, unit: 'grapheme' }), { maxLength: 3 });
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4 },
      fc.record({ kind: fc.constantFrom('succeeded' as const, 'failed' as const, 'skipped' as const), ids }),
      fc.constant({ kind: 'always' as const }),
      tie('condition').map((operand) => ({ kind: 'not' as const, operand })),
      fc
        .tuple(
          fc.constantFrom('and' as const, 'or' as const),
          fc.array(tie('condition'), { minLength: 2, maxLength: 4 }),
        )
        .map(([kind, operands]) => ({
          kind,
          operands: operands.flatMap((each) => (each.kind === kind ? each.operands : [each])),
        })),
    ),
  }));

  it('reads back what printCondition writes', () => {
    fc.assert(
      fc.property(condition, (each) => {
        expect(parseCondition(printCondition(each)).condition).toEqual(each);
      }),
    );
  });

  it('reads any text or says what is wrong with it', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      'not ',
      ' and ',
      ' or ',
      'failed',
      'always()',
      "'A'",
      ',',
      '"',
      ' ',
      '#{',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          const read = parseCondition(pieces.join('')).condition;
          expect(parseCondition(printCondition(read)).condition).toEqual(read);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ExpressionError' });
        }
      }),
    );
  });
});

describe('conditionHolds', () => {
  const outcomes: Readonly<Record<string, readonly Outcome[]>> = {
    Good: ['succeeded'],
    Bad: ['failed'],
    Left: ['skipped'],
    Week: ['succeeded', 'failed', 'succeeded'],
    Days: ['succeeded', 'succeeded'],
    None: [],
  };
  const of =
    (...ids: string[]) =>
    (id?: string) =>
      (id === undefined ? ids : [id]).flatMap((each) => outcomes[each] ?? []);

  it.each<[string, readonly string[], boolean]>([
    ['always()', ['Bad'], true],
    ['succeeded()', ['Good', 'Days'], true],
    ['succeeded()', ['Good', 'Bad'], false],
    ['succeeded()', ['Good', 'Left'], false],
    ['succeeded()', [], true],
    ['failed()', ['Good', 'Week'], true],
    ['failed()', ['Good', 'Left'], false],
    ['failed()', [], false],
    ['skipped()', ['Good', 'Left'], true],
    ['skipped()', ['Bad'], false],
    ['not failed()', ['Good', 'Left'], true],
    ["failed('Bad')", ['Good', 'Bad'], true],
    ["failed('Good')", ['Good', 'Bad'], false],
    ["failed('Good', 'Week')", ['Good', 'Week'], true],
    ["succeeded('Good', 'Days')", ['Good', 'Days', 'Bad'], true],
    ["succeeded('Good', 'Week')", ['Good', 'Week'], false],
    ["succeeded('None')", ['None'], true],
    ["failed('None')", ['None'], false],
    ["failed('Bad') and not skipped('Left')", ['Bad', 'Left'], false],
    ["failed('Bad') or skipped('Good')", ['Bad', 'Good'], true],
  ])('%s over %j: %s', (text, dependencies, holds) => {
    expect(conditionHolds(parseCondition(text).condition, of(...dependencies))).toBe(holds);
  });
});
