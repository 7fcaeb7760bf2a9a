import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Expression, Template } from './ast.js';
import { ExpressionError } from './errors.js';
import { parseExpression } from './parser.js';
import { printExpression, printTemplate } from './print.js';
import { hasExpression, parseTemplate, templateProblems } from './template.js';

/** Places are no part of what an expression says. */
function withoutPlaces(value: unknown): unknown {
  const json = JSON.stringify(value, (key, each: unknown) =>
    ['at', 'start', 'end'].includes(key) ? undefined : each,
  );
  return JSON.parse(json) as unknown;
}

const anyName = fc.stringMatching(/^@?[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const anySecret = fc.stringMatching(/^\*[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const functionName = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/);
const anyText = fc.oneof(fc.string(), fc.stringMatching(/^[\\'"{}#$ a\n]{0,8}$/));

const { expression: anyExpression } = fc.letrec<{ expression: Expression }>((tie) => {
  const operand = tie('expression');
  const parameters = fc.array(operand, { maxLength: 3 });
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc
        .stringMatching(/^(0|[1-9][0-9]{0,5})(\.[0-9]{1,4})?$/)
        .map((text): Expression => ({ kind: 'number', text, at: 0 })),
      anyText.map((value): Expression => ({ kind: 'string', value, at: 0 })),
      fc
        .array(fc.oneof(anyName, anySecret), { minLength: 1, maxLength: 4 })
        .map((names): Expression => ({ kind: 'path', names, at: 0 })),
      fc.record({
        kind: fc.constant('function' as const),
        name: functionName,
        parameters,
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant('method' as const),
        target: operand,
        name: functionName,
        parameters,
        at: fc.constant(0),
      }),
      fc.record({ kind: fc.constant('negation' as const), operand, at: fc.constant(0) }),
      fc.record({
        kind: fc.constant('binary' as const),
        operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const, '^' as const),
        left: operand,
        right: operand,
        at: fc.constant(0),
      }),
    ),
  };
});

/** Plain texts and expressions in turn, as a parser would split them. */
const anyTemplate: fc.Arbitrary<Pick<Template, 'parts'>> = fc
  .tuple(fc.array(fc.tuple(anyText, anyExpression), { maxLength: 4 }), anyText)
  .map(([pairs, last]) => {
    const plain = (text: string): Template['parts'] => {
      const harmless = text.replaceAll('#{', '');
      return harmless === '' || harmless.includes('#{') ? [] : [{ kind: 'text', text: harmless }];
    };
    return {
      parts: [
        ...pairs.flatMap(([text, expression]): Template['parts'] => [
          ...plain(text),
          { kind: 'expression', expression, start: 0, end: 0 },
        ]),
        ...plain(last),
      ],
    };
  });

describe('parsing what was printed', () => {
  it('gives the same expression', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(withoutPlaces(parseExpression(printExpression(expression)))).toEqual(
          withoutPlaces(expression),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same template', () => {
    fc.assert(
      fc.property(anyTemplate, ({ parts }) => {
        const text = printTemplate({ text: '', parts });
        expect(withoutPlaces(parseTemplate(text).parts)).toEqual(withoutPlaces(parts));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws anything but an ExpressionError, whatever the text', () => {
    const pieces = fc.constantFrom(
      '#{',
      '}',
      '(',
      ')',
      "'",
      '"',
      '\\',
      '@',
      '*',
      '.',
      ',',
      'a',
      'format',
      '1',
      '+',
      '-',
      ' ',
      '\n',
      '^',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (words) => {
        const text = words.join('');
        expect(templateProblems(text).every((problem) => problem instanceof ExpressionError)).toBe(true);
        try {
          parseTemplate(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseExpression', () => {
  test.each([
    ['1 + 2 * 3', '1 + 2 * 3'],
    ['(1 + 2) * 3', '(1 + 2) * 3'],
    ['1 - (2 - 3)', '1 - (2 - 3)'],
    ['(1 - 2) - 3', '1 - 2 - 3'],
    ['2^3^4', '2 ^ 3 ^ 4'],
    ['(2^3)^4', '(2 ^ 3) ^ 4'],
    ['-2^2', '-2 ^ 2'],
    ['(-2)^2', '(-2) ^ 2'],
    ['2^-1', '2 ^ -1'],
    ['- -a', '--a'],
    ['+a', 'a'],
    ['a*b', 'a * b'],
    ['a * *b', 'a * *b'],
    ['node.*password', 'node.*password'],
    ['.5+1.', undefined],
    ['.5+1', '.5 + 1'],
    ['node.output.directoryPath', 'node.output.directoryPath'],
    ["@scheduledStartTime.format('YYYY').x", undefined],
    ["@scheduledStartTime.plusDays(1).format('YYYY')", "@scheduledStartTime.plusDays(1).format('YYYY')"],
    ['f()', 'f()'],
    ['f( a ,b )', 'f(a, b)'],
    ['f(#{a}, 10)', 'f(a, 10)'],
    ['"it\'s"', "'it''s'"],
    ["'it\\'s'", "'it''s'"],
    ["''", "''"],
    ["'a}b{c'", "'a}b{c'"],
    ["'\\d'", "'\\d'"],
  ])('%s is %s', (text, printed) => {
    if (printed === undefined) expect(() => parseExpression(text)).toThrow(ExpressionError);
    else expect(printExpression(parseExpression(text))).toBe(printed);
  });

  it('keeps a thousand terms, and refuses more parts than that', () => {
    const sum = `${'1 + '.repeat(900)}1`;
    expect(printExpression(parseExpression(sum))).toBe(sum);
    expect(() => parseExpression(`${'1+'.repeat(1100)}1`)).toThrow('more than 2000 parts');
  });

  test.each([
    '('.repeat(40),
    '-'.repeat(40),
    '2^'.repeat(40),
    'f('.repeat(40),
    `a${'.f()'.repeat(40)}`,
    '#{'.repeat(100_000),
  ])('refuses deep nesting (%#)', (text) => {
    expect(() => parseExpression(text)).toThrow('nested deeper than 32 levels');
  });
});

describe('parseTemplate', () => {
  it('leaves ${…} and lonely signs alone', () => {
    const text = 'a ${INPUT1_STAGING_DIR} $ # { } ## 100% {x}';
    expect(hasExpression(text)).toBe(false);
    expect(parseTemplate(text).parts).toEqual([{ kind: 'text', text }]);
    expect(parseTemplate('').parts).toEqual([]);
  });

  it('does not end an expression inside a string', () => {
    expect(parseTemplate(`x#{f('}', "#{", '''}')}y}`).parts.map(({ kind }) => kind)).toEqual([
      'text',
      'expression',
      'text',
    ]);
    expect(parseTemplate('##{a}').parts[0]).toEqual({ kind: 'text', text: '#' });
  });

  test.each([
    ['s3://b/#{myX', 8, 'this "#{" is never closed: expected "}"'],
    ['#{f(a', 4, 'this "(" is never closed: expected ")"'],
    ['#{}', 3, 'expected a name, number, string or "(", found "}"'],
    ['#{a b}', 5, 'expected an operator or "}", found "b"'],
    ['#{f(a b)}', 7, 'expected an operator, "," or ")", found "b"'],
    ['#{f(a,)}', 7, 'expected a name, number, string or "(", found ")"'],
    ['#{(a}', 5, 'expected an operator or ")", found "}"'],
    ['#{a +}', 6, 'expected a name, number, string or "(", found "}"'],
    ['#{a.}', 5, 'expected a name after ".", found "}"'],
    ["#{'abc}", 3, "the string that begins here has no end: expected a closing '"],
    ['#{format(@x, ‘YYYY’)}', 14, 'a typographic quote ‘ cannot delimit a string'],
    ['#{my-$x}', 6, '"$" is not part of an expression'],
    ['#{a % 2}', 5, '"%" is not part of the expression language'],
    ['#{2nd}', 3, 'a name cannot begin with a digit: "2nd"'],
    ['#{f(a).b}', 8, '".b" follows something that is not a reference'],
    ['#{* a}', 3, 'expected a name, number, string or "(", found "*"'],
  ])('%s: column %i, %s', (text, column, problem) => {
    let thrown: unknown;
    try {
      parseTemplate(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ExpressionError);
    expect(thrown).toMatchObject({ column, text });
    expect(String(thrown)).toContain(problem);
    expect(String(thrown)).toContain(`column ${column}`);
  });

  it('shows the line and a caret under the place', () => {
    expect(() => parseTemplate('select 1;\nselect #{a b} from t;\n')).toThrow(
      [
        'Expression, line 2, column 12: expected an operator or "}", found "b"',
        '  select #{a b} from t;',
        '             ^',
      ].join('\n'),
    );
  });

  it('shows no more than the surroundings of a long text', () => {
    try {
      parseTemplate(`${'x'.repeat(5000)}#{a b}${'y'.repeat(5000)}`);
    } catch (error) {
      expect(String(error).length).toBeLessThan(400);
    }
    expect.assertions(1);
  });
});

describe('templateProblems', () => {
  it('finds all mistakes of a text', () => {
    const text =
      "#{a b} #{fromat(@x,'YYYY')} #{ok} #{format(@x,'bbb')} #{day()} #{makeDate(1,2,3).plusDays(1, 2)} #{(";
    expect(templateProblems(text).map(({ problem }) => problem)).toEqual([
      'expected an operator or "}", found "b"',
      'there is no function "fromat"; did you mean "format"?',
      expect.stringContaining('"b" is not a pattern letter'),
      'day(DateTime) takes 1 argument, not 0',
      'plusDays(DateTime, int) takes 2 arguments, not 3 (what stands before the point is the first)',
      'this "#{" is never closed: expected "}"',
    ]);
  });

  it('stops at about a hundred', () => {
    expect(templateProblems('#{a b}'.repeat(1000))).toHaveLength(50);
    expect(templateProblems('#{nope()}'.repeat(1000))).toHaveLength(50);
  });

  it('finds none in a good text', () => {
    expect(templateProblems("#{format(minusDays(@scheduledStartTime,1),'YYYY-MM-dd')} ${x} #{*p}")).toEqual(
      [],
    );
  });
});

// Real texts, from AWS's samples and public pipelines.
describe('expressions of published definitions', () => {
  test.each([
    '#{*myRDSPassword}',
    "s3://bucket/#{@pipelineId}/#{format(@scheduledStartTime,'YYYY-MM-dd')}",
    "select * from #{table} where eventTime >= '#{@scheduledStartTime.format('YYYY-MM-dd HH:mm:ss')}' and eventTime < '#{@scheduledEndTime.format('YYYY-MM-dd HH:mm:ss')}'",
    "#{myHiveScript},-d,INPUT=#{myTransformedData}/#{format(minusDays(@scheduledStartTime,1),'YYYY-MM-dd')},-d,OUTPUT=#{myOutputData}",
    's3://dynamodb-emr-#{myDDBRegion}/emr-ddb-storage-handler/2.1.0/emr-ddb-2.1.0.jar,org.apache.hadoop.dynamodb.tools.DynamoDbExport,#{output.directoryPath},#{input.tableName},#{input.readThroughputPercent}',
    'Last node: #{node.name} at #{node.@actualEndTime}\\nPipelineId: #{node.@pipelineId}\\nLog directory: #{node.pipelineLogUri}#{node.@pipelineId}',
    'Error for interval #{node.@scheduledStartTime}..#{node.@scheduledEndTime}.\nError Stack Trace: #{node.errorStackTrace}',
    "S3 bucket '#{node.output.directoryPath}' succeeded at #{node.@actualEndTime}.",
    's3://mybucket/#{parent.@id}.csv',
    '#{myTimeout} Hours',
    'jdbc:mysql://#{myRdsEndpoint}/#{myRdsDatabaseName} --driver org.mariadb.jdbc.Driver --password #{*myRdsPassword} > ${OUTPUT1_STAGING_DIR}/x',
    "LINES TERMINATED BY '\\\\n'\nLOCATION '#{myOutputS3Loc}/#{format(@scheduledStartTime, 'YYYY-MM-dd-HH-mm-ss')}'",
    '#{format(minusMinutes(#{mySchedulePeriod}, 10))}',
    "#{format(@scheduledStartTime,'YYYY-MM-dd_hh.mm')}",
    '#{@error}',
  ])('%s', (text) => {
    const template = parseTemplate(text);
    expect(template.parts.some(({ kind }) => kind === 'expression')).toBe(true);
    expect(withoutPlaces(parseTemplate(printTemplate(template)).parts)).toEqual(
      withoutPlaces(template.parts),
    );
  });
});
