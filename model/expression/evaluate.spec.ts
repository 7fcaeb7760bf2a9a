import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Component, FieldValue } from '../definition/component.js';
import type { EvaluationContext } from './context.js';
import { ExpressionError } from './errors.js';
import { evaluateEachField, evaluateFields, evaluateText } from './evaluate.js';

type Fields = Readonly<Record<string, string | FieldValue | readonly FieldValue[]>>;

function component(id: string, fields: Fields, type = 'ShellCommandActivity'): Component {
  const lists = Object.entries(fields).map(
    ([key, value]) => [key, Array.isArray(value) ? value : [value]] as const,
  );
  return { id, name: `${id}Name`, type, fields: Object.fromEntries(lists) as Component['fields'] };
}

const ref = (id: string): FieldValue => ({ ref: id });

/** A copy with its data nodes and alarm, in the interval of 2024-05-24. */
function aContext(
  changes: Partial<EvaluationContext> = {},
  ...more: readonly Component[]
): EvaluationContext {
  const components = [
    component('Copy', {
      input: [ref('In')],
      output: ref('Out'),
      myDay: "#{format(@scheduledStartTime, 'YYYY-MM-dd')}",
      command: 'run #{myDay}',
      pipelineLogUri: 's3://logs/#{myEnv}/',
      onFail: ref('Alarm'),
      myBoth: 'field',
      '*password': '#{*mySecret}',
    }),
    component(
      'In',
      { directoryPath: 's3://in/#{name}/#{myDay}', myDay: '#{day(@scheduledStartTime)}', tableName: 't' },
      'S3DataNode',
    ),
    component('Out', { directoryPath: 's3://out/#{@scheduledEndTime}', up: ref('Copy') }, 'S3DataNode'),
    component(
      'Alarm',
      { subject: '#{node.name} failed', message: '#{node.errorMessage}', me: '#{subject}' },
      'SnsAlarm',
    ),
    ...more,
  ];
  return {
    pipelineId: 'df-0001',
    components: new Map(components.map((each) => [each.id, each])),
    parameters: new Map<string, string[]>([
      ['myEnv', ['prod']],
      ['myList', ['one', 'two']],
      ['myOther', ['1', '2']],
      ['myThree', ['a', 'b', 'c']],
      ['myUnset', []],
      ['*mySecret', ['s3cr3t']],
      ['shard', ['7']],
      ['myBoth', ['parameter']],
      ['__proto__', ['proto']],
      ['myOpaque', ["#{day('x')} $& $1"]],
    ]),
    self: 'Copy',
    runtime: (id) => ({
      '@id': `@${id}_2024-05-24T00:00:00`,
      '@scheduledStartTime': '2024-05-24T00:00:00',
      '@scheduledEndTime': '2024-05-25T00:00:00',
      '@status': 'RUNNING',
      ...(id === 'Copy' ? { hostname: 'worker-1', errorMessage: 'exit status 1' } : {}),
    }),
    ...changes,
  };
}

describe('names', () => {
  test.each([
    ['#{myDay}', '2024-05-24'],
    ['#{command}', 'run 2024-05-24'],
    ['#{id} #{name} #{type}', 'Copy CopyName ShellCommandActivity'],
    ['#{@scheduledStartTime}', '2024-05-24T00:00:00'],
    ['#{@status}', 'RUNNING'],
    ['#{@id}', '@Copy_2024-05-24T00:00:00'],
    ['#{parent.@id}', 'Copy'],
    ['#{parent.name}', 'CopyName'],
    ['#{@pipelineId}', 'df-0001'],
    ['#{input.@pipelineId}', 'df-0001'],
    ['#{hostname}', 'worker-1'],
    ['#{input.tableName}', 't'],
    ['#{input.directoryPath}', 's3://in/InName/24'],
    ['#{input.@scheduledStartTime}', '2024-05-24T00:00:00'],
    ['#{output.up.input.tableName}', 't'],
    ['#{output.up.output.up.myDay}', '2024-05-24'],
    ['#{input}', 'In'],
    ["#{'ref ' + output}", 'ref Out'],
    ['#{myEnv}', 'prod'],
    ['#{shard}', '7'],
    ['#{*mySecret}', 's3cr3t'],
    ['#{mySecret}', 's3cr3t'], // as AWS's own samples write it
    ['#{*password}', 's3cr3t'],
    ['#{pipelineLogUri}#{@pipelineId}', 's3://logs/prod/df-0001'],
    ['#{myOpaque}', "#{day('x')} $& $1"],
    ['no expression, ${x}', 'no expression, ${x}'],
    ['', ''],
  ])('%s is %s', (text, expected) => {
    expect(evaluateText(text, aContext())).toEqual([expected]);
  });

  it('the field of the object wins over a parameter of the same name', () => {
    expect(evaluateText('#{myBoth}', aContext())).toEqual(['field']);
  });

  it('a field that names itself reads the parameter', () => {
    const node = component('Node', { myEnv: '#{myEnv}', filePath: 's3://b/#{myEnv}' });
    const context = aContext({ self: 'Node' }, node);
    expect(evaluateFields(node, context)).toEqual({ myEnv: ['prod'], filePath: ['s3://b/prod'] });
    expect(evaluateText('#{myEnv}', context)).toEqual(['prod']);
  });

  test.each([
    ['#{node.name}', 'CopyName'],
    ['#{node}', 'Copy'],
    ['#{node.input}', 'In'],
    ['#{node.output.directoryPath}', 's3://out/2024-05-25T00:00:00'],
    ['#{node.@scheduledStartTime}', '2024-05-24T00:00:00'],
    ['#{node.@pipelineId}', 'df-0001'],
    ['#{node.errorMessage}', 'exit status 1'],
    ['#{node.hostname}', 'worker-1'],
    ['#{me}', 'CopyName failed'],
    ['#{node.onFail.subject}', 'CopyName failed'],
    ['#{@error}', 'exit status 1'],
    ['[#{node.errorStackTrace}#{node.@actualEndTime}]', '[]'],
  ])('of an action: %s is %s', (text, expected) => {
    expect(evaluateText(text, aContext({ self: 'Alarm', node: 'Copy' }))).toEqual([expected]);
  });

  it('gives a runtime field without a value as the context says', () => {
    const text = '#{@actualEndTime}';
    expect(() => evaluateText(text, aContext())).toThrow(
      '"@actualEndTime" of object "Copy" has no value yet',
    );
    expect(evaluateText(text, aContext({ absent: 'empty' }))).toEqual(['']);
    expect(() =>
      evaluateText('#{node.errorStackTrace}', aContext({ self: 'Alarm', node: 'Copy', absent: 'error' })),
    ).toThrow('"errorStackTrace" of object "Copy" has no value yet');
  });

  it('reads instants in runtime fields as DateTimes, also with the zone of a payload', () => {
    const runtime = (): Record<string, string> => ({
      '@scheduledStartTime': '2024-05-24T01:02:03Z',
      '@status': '2024-05-24T01:02:03',
    });
    expect(
      evaluateText('#{hour(@scheduledStartTime)} #{@scheduledStartTime}', aContext({ runtime })),
    ).toEqual(['1 2024-05-24T01:02:03']);
  });

  it('a DateTime stays one through fields, with its zone', () => {
    const node = component('Zoned', { myLocal: "#{inTimeZone(@scheduledStartTime, 'Asia/Tokyo')}" });
    expect(evaluateText("#{format(myLocal, 'HH ZZ')} #{myLocal}", aContext({ self: 'Zoned' }, node))).toEqual(
      ['09 +09:00 2024-05-24T09:00:00'],
    );
  });

  test.each([
    ['#{nope}', 'object "Copy" has no field "nope", and there is no such parameter'],
    ['#{myEnw}', 'did you mean "myEnv"?'],
    ['#{inputs.directoryPath}', 'did you mean "input"?'],
    ['#{input.directorypath}', 'object "In" has no field "directorypath"; did you mean "directoryPath"?'],
    ['#{input.myEnv}', 'object "In" has no field "myEnv"'],
    [
      '#{@scheduledStartTme}',
      'there is no runtime field "@scheduledStartTme"; did you mean "@scheduledStartTime"?',
    ],
    ['#{output.up.@status}', 'a runtime field (@status) can be reached over one reference only'],
    ['#{myEnv.name}', '"myEnv" is the text "prod", not a reference, so it has no "name"'],
    ['#{*mySecret.name}', '"*mySecret" is a secret text, not a reference'],
    ['#{*password * 2}', '"*" needs numbers, not a secret text'],
    ['#{format(*password, 1)}', 'argument 1 is a secret text, expected a DateTime'],
    ['#{inTimeZone(@scheduledStartTime, *password)}', 'a secret text is not a time zone'],
    ['#{format(@scheduledStartTime, *password + "b")}', 'a secret text does not fit here'],
    ['#{node.name}', '"node" is known only in actions and preconditions'],
    ['#{toString}', 'has no field "toString"'],
    ['#{constructor.name}', 'has no field "constructor"'],
  ])('%s is an error: %s', (text, problem) => {
    const evaluate = (): string[] => evaluateText(text, aContext());
    expect(evaluate).toThrow(ExpressionError);
    expect(evaluate).toThrow(problem);
    expect(evaluate).not.toThrow('s3cr3t');
  });

  it('a reference to an object that does not exist is an error that names it', () => {
    const node = component('Lost', { input: ref('Inn') });
    expect(() => evaluateText('#{input.tableName}', aContext({ self: 'Lost' }, node))).toThrow(
      'there is no object "Inn" in the definition; did you mean "In"?',
    );
  });

  it('names like __proto__ are names like any other', () => {
    const node = component('Odd', JSON.parse('{"__proto__":"field #{shard}","constructor":"c"}') as Fields);
    const context = aContext({ self: 'Odd' }, node);
    expect(evaluateText('#{__proto__} #{constructor}', context)).toEqual(['field 7 c']);
    expect(evaluateText('#{__proto__}', aContext())).toEqual(['proto']);
    const fields = evaluateFields(node, context);
    expect(Object.hasOwn(fields, '__proto__')).toBe(true);
    expect(Object.entries(fields)).toEqual([
      ['__proto__', ['field 7']],
      ['constructor', ['c']],
    ]);
  });
});

describe('before a run', () => {
  const context = aContext({ runtime: () => ({}) });

  it('parameters and fields are known', () => {
    expect(evaluateText('#{shard} Hours', context)).toEqual(['7 Hours']);
    expect(evaluateText('#{pipelineLogUri}', context)).toEqual(['s3://logs/prod/']);
  });

  test.each(['@scheduledStartTime', 'hostname', '@id'])('%s is not', (name) => {
    expect(() => evaluateText(`#{${name}}`, context)).toThrow(
      `"${name}" of object "Copy" has no value before a run`,
    );
  });
});

describe('lists', () => {
  test.each([
    ["#{'this is ' + myList}", ['this is one', 'this is two']],
    ['#{myList}', ['one', 'two']],
    ['s3://b/#{myList}/#{myEnv}', ['s3://b/one/prod', 's3://b/two/prod']],
    ['#{myList}-#{myOther}', ['one-1', 'two-2']],
    ['#{myOther * 2 + 1}', ['3', '5']],
    ["#{format(plusDays(@scheduledStartTime, myOther), 'dd')}", ['25', '26']],
    ['#{myUnset}', []],
    ['x#{myUnset}y#{myList}', []],
    ["#{'a' + myUnset}", []],
  ])('%s maps to %j', (text, expected) => {
    expect(evaluateText(text, aContext())).toEqual(expected);
  });

  it('several references give one value each, and go together', () => {
    const node = component('Many', { input: [ref('In'), ref('Out')] });
    const context = aContext({ self: 'Many' }, node);
    expect(evaluateText('#{input.name}=#{input.directoryPath}', context)).toEqual([
      'InName=s3://in/InName/24',
      'OutName=s3://out/2024-05-25T00:00:00',
    ]);
  });

  it('of different lengths do not go together', () => {
    expect(() => evaluateText('#{myList}#{myThree}', aContext())).toThrow(
      'a list of 3 values meets one of 2',
    );
  });

  it('inside lists are flattened', () => {
    const node = component('Flat', { l: ['#{myList}', 'x', '#{myThree}'] });
    expect(evaluateFields(node, aContext({ self: 'Flat' }, node))).toEqual({
      l: ['one', 'two', 'x', 'a', 'b', 'c'],
    });
    expect(evaluateText('<#{l}>', aContext({ self: 'Flat' }, node))).toHaveLength(6);
  });
});

describe('evaluateFields', () => {
  it('evaluates texts, keeps references and verbatim fields, and drops what has no value', () => {
    const step = component('Step', {
      step: ['#{myList},-x', 'plain'],
      keyPair: '#{myUnset}',
      input: [ref('In'), ref('Out')],
      '@sphere': '#{not evaluated',
      name: '#{neither}',
      mixed: ['#{myEnv}', ref('In')],
      empty: [],
    });
    expect(evaluateFields(step, aContext({ self: 'Step' }, step))).toEqual({
      step: ['one,-x', 'two,-x', 'plain'],
      input: [ref('In'), ref('Out')],
      '@sphere': ['#{not evaluated'],
      name: ['#{neither}'],
      mixed: ['prod', ref('In')],
    });
  });

  it('evaluates inherited fields for the object that inherited them', () => {
    const path = 's3://b/#{id}/#{@id}';
    const context = aContext({}, component('A', { filePath: path }), component('B', { filePath: path }));
    const evaluated = ['A', 'B'].map((self) => evaluateText('#{filePath}', { ...context, self })[0]);
    expect(evaluated).toEqual(['s3://b/A/@A_2024-05-24T00:00:00', 's3://b/B/@B_2024-05-24T00:00:00']);
  });

  it('names object and field in an error, and quotes nothing of a secret field', () => {
    const broken = component('Broken', { command: 'run #{nope}', '*password': 'hunter2#{nope' });
    const context = aContext({ self: 'Broken' }, broken);
    expect(() => evaluateFields(broken, context)).toThrow(
      'Object "Broken", field "command": expression, column 7: object "Broken" has no field',
    );
    const { problems, fields } = evaluateEachField(broken, context);
    expect(fields).toEqual({});
    expect(problems.map(({ field }) => field)).toEqual(['command', '*password']);
    expect(problems[1]?.error.message).toBe(
      'Object "Broken", field "*password": expression, column 8: this "#{" is never closed: expected "}"',
    );
  });

  it('reads only the keys asked for', () => {
    const context = aContext();
    const copy = context.components.get('Copy') as Component;
    expect(evaluateFields(copy, context, ['pipelineLogUri', 'period'])).toEqual({
      pipelineLogUri: ['s3://logs/prod/'],
    });
  });
});

describe('hostile definitions', () => {
  const evaluateOne = (fields: Fields, text = '#{a}'): string[] =>
    evaluateText(text, aContext({ self: 'X' }, component('X', { ...fields, self: ref('X') })));

  test.each([
    [{ a: '#{a}' }, 'which needs itself'],
    [{ a: '#{b}', b: '#{a}' }, 'which needs itself'],
    [{ a: '#{self.b}', b: '#{self.self.a}' }, 'which needs itself'],
    [{ a: "#{format(self.a, 'YYYY')}" }, 'which needs itself'],
  ])('a cycle is an error: %j', (fields, problem) => {
    expect(() => evaluateOne(fields)).toThrow(ExpressionError);
    expect(() => evaluateOne(fields)).toThrow(problem);
    const node = component('X', { ...fields, self: ref('X') });
    expect(() => evaluateFields(node, aContext({ self: 'X' }, node))).toThrow(problem);
  });

  it('a cycle of references is only a long path', () => {
    expect(
      evaluateOne(
        { b: 'x' },
        `#{${'self.'.repeat(1000)}b}`.replace('self.'.repeat(1000), 'self.'.repeat(30)),
      ),
    ).toEqual(['x']);
  });

  it('doubling at every step stops at 20 MB', () => {
    const fields: Record<string, string> = { a: '#{f0}', f40: 'xxxxxxxxxxxxxxxxxxxx' };
    for (let i = 0; i < 40; i++) fields[`f${i}`] = `#{f${i + 1}}#{f${i + 1}}`;
    expect(() => evaluateOne(fields)).toThrow('larger than 20 MB');
  });

  it('doubling of nothing takes no time', () => {
    const fields: Record<string, string> = { a: '#{f0}', f40: '' };
    for (let i = 0; i < 40; i++) fields[`f${i}`] = `#{f${i + 1}}#{f${i + 1}}`;
    expect(evaluateOne(fields)).toEqual(['']);
  });

  it('references that multiply stop', () => {
    const many = Array.from({ length: 200 }, () => ref('X'));
    expect(() => evaluateOne({ many, b: 'x' }, '#{many.many.many.b}')).toThrow(ExpressionError);
  });

  it('a long chain of fields stops before the stack does', () => {
    const fields: Record<string, string> = { a: '#{f0}' };
    for (let i = 0; i < 5000; i++) fields[`f${i}`] = `#{-(-(f${i + 1}))}`;
    expect(() => evaluateOne(fields)).toThrow('nested deeper than 150 levels');
  });

  it('a list that grows by mapping stops', () => {
    const list = Array.from({ length: 50_000 }, () => 'x');
    expect(() => evaluateOne({ list }, `#{${'list + '.repeat(40)}list}`)).toThrow('more than 1000000 steps');
  });

  it('a text of a megabyte with many expressions is evaluated', () => {
    const text = '#{shard}, '.repeat(100_000);
    expect(evaluateText(text, aContext())[0]).toHaveLength(300_000);
  });

  it('only ExpressionErrors come out of any text', () => {
    const words = fc.constantFrom(
      '#{',
      '}',
      '(',
      ')',
      "'",
      'myList',
      'input',
      '.',
      'node',
      '@status',
      'format',
      'plusDays',
      ',',
      '+',
      '*',
      '-',
      '1',
      ' ',
      'myDay',
      'day',
      '^',
      '/',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (pieces) => {
        try {
          const values = evaluateText(pieces.join(''), aContext());
          expect(values.every((value) => typeof value === 'string')).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
