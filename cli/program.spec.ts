import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from './program.js';

const DAY = { id: 'Day', type: 'Schedule', period: '1 day', startDateTime: '2026-01-05T00:00:00' };
const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Day' }, workerGroup: 'wg' };
const WORK = { id: 'Work', type: 'ShellCommandActivity', command: 'echo #{@scheduledStartTime} #{@status}' };
const FILES: Readonly<Record<string, string>> = {
  'good.json': fileOf(DEFAULT, DAY, WORK),
  'bad.json': fileOf(DEFAULT, DAY, { ...WORK, command: '#{nothing' }, { id: 'X', type: 'CopyActivty' }),
  'broken.json': '{"objects": [',
  'values.json': fileOf(DEFAULT, DAY, { ...WORK, command: '#{myCommand} #{*mySecret}' }),
  'template.json': JSON.stringify({
    objects: [DEFAULT, DAY, { ...WORK, command: 'ls #{myFolder} #{myOption}' }],
    parameters: [{ id: 'myFolder' }, { id: 'myOption', optional: 'true' }],
  }),
  'good.yaml':
    'objects:\n' + [DEFAULT, DAY, WORK].map((object) => `  - ${JSON.stringify(object)}\n`).join(''),
  '-': fileOf(DEFAULT, DAY, WORK),
};

function fileOf(...objects: readonly object[]): string {
  return JSON.stringify({ objects });
}

/** Runs the command on FILES in memory. */
async function penstock(...argv: readonly string[]) {
  let out = '';
  let err = '';
  const exit = await runCli(argv, {
    out: async (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    read: async (path) => {
      const text = FILES[path];
      if (text === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      return path === 'latin.json' ? Uint8Array.of(0xe9) : new TextEncoder().encode(text);
    },
  });
  return { exit, out, err };
}

const RANGE = ['--from', '2026-01-06', '--to', '2026-01-08'];

it('plans a template before it has its values: what needs one is unresolved, with the reason', async () => {
  const { exit, out, err } = await penstock('plan', 'template.json', ...RANGE, '--json');
  const [first] = out.split('\n');
  expect(JSON.parse(first ?? '')).toMatchObject({
    id: '@Work_2026-01-06T00:00:00',
    fields: {
      command: [{ unresolved: 'ls #{myFolder} #{myOption}', reason: 'parameter "myFolder" has no value' }],
    },
  });
  expect(err).toContain('MISSING_PARAMETER:  parameter "myFolder" has no value');
  expect(err).not.toContain('myOption');
  expect(exit).toBe(0);
  const values = ['--value', 'myFolder=/data', '--value', 'myOption=-l'];
  const given = await penstock('plan', 'template.json', ...RANGE, '--json', ...values);
  expect(JSON.parse(given.out.split('\n')[0] ?? '')).toMatchObject({ fields: { command: ['ls /data -l'] } });
});

describe('exit codes', () => {
  it.each([
    [0, ['validate', 'good.json']],
    [0, ['validate', '-']],
    [0, ['validate', 'good.yaml']],
    [1, ['validate', 'bad.json']],
    [1, ['validate', 'broken.json']],
    [0, ['plan', 'good.json', ...RANGE]],
    [1, ['plan', 'bad.json', ...RANGE]],
    [1, ['plan', 'broken.json', ...RANGE]],
    [0, ['convert', 'good.json', '--to', 'api']],
    [1, ['convert', 'broken.json', '--to', 'api']],
    [0, ['types']],
    [0, ['types', 'CopyActivity']],
    [0, ['completion', 'zsh']],
    [0, ['--help']],
    [0, ['plan', '--help']],
    [0, ['diff', 'good.json', 'good.yaml']],
    [1, ['diff', 'good.json', 'values.json']],
    [1, ['diff', 'good.json', 'values.json', '--json']],
    [0, ['--version']],
  ])('%i: %j', async (exit, argv) => {
    expect((await penstock(...argv)).exit).toBe(exit);
  });

  it.each([
    [[], 'Usage: penstock'],
    [['valdate'], "unknown command 'valdate'\n(Did you mean validate?)"],
    [['dif', 'good.json', 'good.json'], '(Did you mean diff?)'],
    [['diff', 'good.json'], "missing required argument 'after'"],
    [['diff', 'good.json', 'none.json'], '"none.json" cannot be read'],
    [['diff', 'good.json', 'broken.json'], 'broken.json: 1 error'],
    [['diff', 'df-A@lates', 'good.json'], '"lates" is unknown; did you mean "latest"?'],
    [['validate', 'df-A@0'], 'expected df-A@latest, @active or the number of a version'],
    [['validate', 'df-A'], '".penstock/credentials" cannot be read: there is no such file'],
    [['validate', 'df-A', '--credentials', 'good.json'], '"good.json" holds no aws_secret_access_key'],
    [['pipelines', '--server', 'here'], '--server "here" is no URL'],
    [['validate'], 'file'],
    [['validate', 'none.json'], '"none.json" cannot be read: there is no such file'],
    [['validate', 'good.json', '--value', 'novalue'], '"novalue" names no parameter'],
    [['plan', 'good.json'], '--from'],
    [['plan', 'good.json', '--from', 'monday', '--to', '2026-01-08'], '--from "monday" is not an instant'],
    [['plan', 'good.json', '--from', '2026-01-08', '--to', '2026-01-06'], 'before --from "2026-01-08"'],
    [['plan', 'good.json', ...RANGE, '--schedule', 'Dax'], 'no schedule "Dax"'],
    [['plan', 'good.json', ...RANGE, '--json', '--table'], 'cannot be used with'],
    [['convert', 'good.json', '--to', 'xml'], 'xml'],
    [['types', 'CopyActivty'], '"CopyActivty" is not a type of object; did you mean "CopyActivity"?'],
    [['completion', 'fish'], 'fish'],
  ])('2: %j, and says why', async (argv, message) => {
    const { exit, out, err } = await penstock(...argv);
    expect(exit).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
  });
});

it('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await penstock('--version')).toEqual({ exit: 0, out: `${version}\n`, err: '' });
});

describe('penstock validate', () => {
  it('groups the problems by object and counts them', async () => {
    const { out } = await penstock('validate', 'bad.json');
    expect(out).toMatch(/^Work\n {2}error {4}.*#\{/m);
    expect(out).toMatch(/^X\n {2}error {4}.*"CopyActivty".*did you mean "CopyActivity"/m);
    expect(out).toMatch(/^bad\.json: 4 objects, 2 errors, 0 warnings$/m);
  });

  it('--json is one object with the same', async () => {
    const { out } = await penstock('validate', 'bad.json', '--json');
    expect(JSON.parse(out)).toMatchObject({
      file: 'bad.json',
      objects: 4,
      errors: 2,
      warnings: 0,
      problems: [{ severity: 'error', objectId: expect.any(String), message: expect.any(String) }, {}],
    });
  });

  it('knows the values that it is given', async () => {
    expect((await penstock('validate', 'values.json')).out).toContain('myCommand');
    const given = await penstock(
      'validate',
      'values.json',
      '--value',
      'myCommand=a=b',
      '--value',
      '*mySecret=s',
    );
    expect(given).toMatchObject({ exit: 0, err: '' });
  });
});

describe('penstock plan', () => {
  it('--json has one instance a line', async () => {
    const { out, err } = await penstock('plan', 'good.json', ...RANGE, '--json');
    const entries = out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(entries).toMatchObject([
      { id: '@Work_2026-01-06T00:00:00', dueTime: '2026-01-06T00:00:00Z', taskQueue: 'wg:wg' },
      { id: '@Work_2026-01-07T00:00:00', fields: { command: [{ unresolved: WORK.command }] } },
    ]);
    expect(err).toBe('');
  });

  it('--table has one instance a line, under titles', async () => {
    const lines = (await penstock('plan', 'good.json', ...RANGE, '--table')).out.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['due', 'instance', 'type', 'works on it', 'waits for'],
      ['2026-01-06T00:00:00Z', '@Work_2026-01-06T00:00:00', 'ShellCommandActivity', 'wg:wg'],
      ['2026-01-07T00:00:00Z', '@Work_2026-01-07T00:00:00', 'ShellCommandActivity', 'wg:wg'],
    ]);
  });

  it('is a tree by default, which says what only a run knows', async () => {
    const { out } = await penstock('plan', 'good.json', ...RANGE);
    expect(out).toContain('Day  2026-01-06T00:00:00Z to 2026-01-07T00:00:00Z\n  @Work_2026-01-06T00:00:00');
    expect(out).toContain('(not known before the run: "@status" of object "Work" has no value yet)');
  });

  it('puts values in and shows no secret', async () => {
    const { out, exit } = await penstock(
      'plan',
      'values.json',
      ...RANGE,
      '--json',
      '--value',
      'myCommand=date',
      '--value',
      '*mySecret=s3cret',
    );
    expect(exit).toBe(0);
    expect(out).toContain('date ********');
    expect(out).not.toContain('s3cret');
  });

  it('says that nothing starts in the range', async () => {
    const { out, err } = await penstock('plan', 'good.json', '--from', '2020-01-01', '--to', '2020-01-02');
    expect(out).toBe('');
    expect(err).toBe('No interval starts from 2020-01-01T00:00:00Z to 2020-01-02T00:00:00Z\n');
  });

  it('shows no plan of a definition with errors', async () => {
    const { out, err } = await penstock('plan', 'bad.json', ...RANGE);
    expect(out).toBe('');
    expect(err).toContain('bad.json: 2 errors, 0 warnings');
  });
});

describe('penstock convert', () => {
  it('gives back the same through the other form', async () => {
    const api = (await penstock('convert', 'good.json', '--to', 'api')).out;
    expect(JSON.parse(api)).toMatchObject({ pipelineObjects: [{ id: 'Default' }, {}, {}] });
    const cli = (await penstock('convert', 'good.json', '--to', 'cli')).out;
    const read = (text: string) => ({
      out: async () => undefined,
      err: () => undefined,
      read: async () => new TextEncoder().encode(text),
    });
    for (const [from, to, expected] of [
      [api, 'cli', cli],
      [cli, 'api', api],
      [api, 'api', api],
    ] as const) {
      let out = '';
      const terminal = {
        ...read(from),
        out: async (text: string) => {
          out += text;
        },
      };
      expect(await runCli(['convert', 'any.json', '--to', to], terminal)).toBe(0);
      expect(out).toBe(expected);
    }
  });
});

describe('penstock types and completion', () => {
  it('list what there is', async () => {
    expect((await penstock('types')).out).toMatch(/^CopyActivity +activity +\S/m);
    expect((await penstock('types', 'CopyActivity')).out).toMatch(/^input +reference S3DataNode/m);
    expect(JSON.parse((await penstock('types', 'CopyActivity', '--json')).out)).toMatchObject({
      name: 'CopyActivity',
      category: 'activity',
    });
    const { out } = await penstock('completion', 'bash');
    expect(out).toContain(
      "plan) options='--value --pipeline --server --credentials --from --to --schedule --pipeline-id --json --tree --table --help'",
    );
    expect(out).toContain('CopyActivity');
    expect(out).toContain("diff) options='--value --pipeline --server --credentials --json --help'");
    expect(out).toContain("pipelines) options='--server --credentials --json --help'");
    for (const verb of (await penstock('--help')).out.matchAll(/^ {2}([a-z]+) .*\[options\]/gm))
      expect(out).toContain(`    ${verb[1]}) options=`);
  });
});
