import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAnyDefinition } from '../formats/read-any-definition.js';
import { writeDefinitionFile } from '../model/definition/write-definition-file.js';
import { TEMPLATES } from '../model/definition/templates.js';
import { runCli } from './program.js';

const SHELL = 'getting-started-with-shell-command';
const EMR = 'run-job-on-emr-cluster';
const INCREMENTAL = 'incremental-copy-rds-mysql-table-to-s3';
const PLACES = ['--set', 'myS3InputLoc=s3://in', '--set', 'myS3OutputLoc=s3://out'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs `penstock init …`; FOLDER in an argument is the folder of the test. */
async function init(...argv: readonly string[]) {
  let out = '';
  let err = '';
  const given = argv.map((each) => each.replace('FOLDER', folder));
  const exit = await runCli(['init', ...given], {
    out: async (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    read: async () => {
      throw new Error('init reads no file of the user');
    },
  });
  return { exit, out, err: err.replaceAll(folder, 'FOLDER') };
}

interface Listed {
  readonly id: string;
  readonly notYetRun: readonly string[];
  readonly parameters: readonly { readonly id: string }[];
}

function fileOf(text: string) {
  const { definition, problems } = readAnyDefinition(text);
  expect(problems).toEqual([]);
  return JSON.parse(writeDefinitionFile(definition)) as {
    objects: Record<string, unknown>[];
    values: Record<string, unknown>;
  };
}

describe('the list of templates', () => {
  it('has id, title, and each parameter with type and default or need', async () => {
    const { exit, out, err } = await init();
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    for (const { id, title } of TEMPLATES) expect(out).toContain(`${id}\n  ${title}. `);
    expect(out).toMatch(/^ {2}myS3InputLoc {2,}AWS::S3::ObjectKey {2,}\(required\) {2,}S3 input folder$/m);
    expect(out).toMatch(/^ {2}myEmrStep {2,}String, list {2,}\(required\) {2,}EMR step\(s\)$/m);
    expect(out).toMatch(/^ {2}myCoreInstanceCount {2,}Integer {2,}2 {2,}Core node instance count$/m);
    expect(out).toMatch(/^ {2}myEC2KeyPair {2,}String {2,}\(optional\) {2,}EC2 key pair$/m);
    expect(out).toMatch(
      /^ {2}myShellCmd {2,}String {2,}grep -rc "GET" \$\{INPUT1_STAGIN… {2,}Shell command to run$/m,
    );
    expect(out).toContain('\n11 templates; "penstock init <template>" writes a definition\n');
  });

  it('says of each what this version cannot run, and nothing of what it can', async () => {
    const { out } = await init();
    const entries = out.split('\n\n');
    const of = (id: string) => entries.find((entry) => entry.startsWith(`${id}\n`));
    expect(of(EMR)).toContain('cannot run it yet: EmrCluster, EmrActivity\n');
    expect(of(SHELL)).not.toContain('cannot run');
  });

  it('--json is the same as data', async () => {
    const { out } = await init('--json');
    const list = JSON.parse(out) as Listed[];
    expect(list.map(({ id }) => id)).toEqual(TEMPLATES.map(({ id }) => id));
    expect(list.find(({ id }) => id === EMR)).toMatchObject({
      title: 'Run job on an Elastic MapReduce cluster',
      schedules: ['cron', 'timeseries', 'ondemand'],
      notYetRun: ['EmrCluster', 'EmrActivity'],
      parameters: expect.arrayContaining([
        {
          id: 'myCoreInstanceCount',
          type: 'Integer',
          description: 'Core node instance count',
          required: false,
          isArray: false,
          allowedValues: [],
          default: '2',
        },
      ]),
    });
  });
});

describe('a definition from a template', () => {
  it('is alone on standard output, in the form of the AWS CLI, with its values', async () => {
    const { exit, out, err } = await init(SHELL, ...PLACES);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    const { objects, values } = JSON.parse(out) as ReturnType<typeof fileOf>;
    expect(objects.map(({ id }) => id)).toContain('ShellCommandActivityObj');
    expect(values).toEqual({ myS3InputLoc: 's3://in', myS3OutputLoc: 's3://out' });
  });

  it.each(TEMPLATES.map(({ id }) => id))('%s is the same as YAML', async (id) => {
    const json = await init(id);
    const yaml = await init(id, '--format', 'yaml');
    expect(yaml.out).toMatch(/^objects:\n/);
    expect(fileOf(yaml.out)).toEqual(fileOf(json.out));
    const sorted = (text: string) => writeDefinitionFile(readAnyDefinition(text).definition);
    expect(sorted(yaml.out)).toBe(sorted(json.out));
  });

  it('tells which parameters need a value yet, with description and example', async () => {
    const { exit, err } = await init(SHELL, '--set', 'myS3InputLoc=s3://in');
    expect(exit).toBe(0);
    expect(err)
      .toBe(`1 parameter needs a value, here by --set id=text or when the definition is put or activated:
  parameter      type                description
  myS3OutputLoc  AWS::S3::ObjectKey  S3 output folder, such as s3://my-bucket/output
`);
    expect((await init(INCREMENTAL)).err).toMatch(
      /^6 parameters need a value.*\n(.*\n)* {2}\*myRDSPassword +String +RDS MySQL password, such as env:RDS_PASSWORD\n/,
    );
  });

  it('takes a list by several --set, in order, and a value with =', async () => {
    const { out } = await init(EMR, '--set', 'myEmrStep=a.jar,x=1', '--set', 'myEmrStep=b.jar');
    expect(fileOf(out).values).toEqual({ myEmrStep: ['a.jar,x=1', 'b.jar'] });
  });

  it('takes start, period and schedule', async () => {
    const { out } = await init(
      SHELL,
      '--start',
      '2026-11-05',
      '--period',
      '1 hour',
      '--schedule',
      'timeseries',
    );
    const { objects } = fileOf(out);
    expect(objects).toContainEqual(expect.objectContaining({ id: 'Default', scheduleType: 'timeseries' }));
    expect(objects).toContainEqual(
      expect.objectContaining({ type: 'Schedule', startDateTime: '2026-11-05T00:00:00', period: '1 hour' }),
    );
  });

  it('goes to a file, as YAML when the file is called so, and never over another', async () => {
    const first = await init(SHELL, ...PLACES, '-o', 'FOLDER/p.yaml');
    expect(first).toEqual({
      exit: 0,
      out: '',
      err: 'FOLDER/p.yaml: Getting started with ShellCommandActivity\n',
    });
    const path = join(folder, 'p.yaml');
    const text = await readFile(path, 'utf8');
    expect(text).toMatch(/^objects:\n/);

    await writeFile(path, 'mine');
    const second = await init(SHELL, ...PLACES, '-o', 'FOLDER/p.yaml');
    expect(second).toEqual({
      exit: 2,
      out: '',
      err: 'penstock: "FOLDER/p.yaml" cannot be written: it is there already; --force overwrites a file\n',
    });
    expect(await readFile(path, 'utf8')).toBe('mine');

    expect((await init(SHELL, ...PLACES, '-o', 'FOLDER/p.yaml', '--force')).exit).toBe(0);
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});

describe('what is refused', () => {
  it.each([
    [
      ['run-aws-cli-comand'],
      '"run-aws-cli-comand" is not a template; did you mean "run-aws-cli-command"?; "penstock init" lists them',
    ],
    [['xyz'], '"xyz" is not a template; "penstock init" lists them'],
    [['--start', '2026-11-05'], '--start needs a template; "penstock init" lists them'],
    [['--set', 'myX=1', '--json'], '--set needs a template; "penstock init" lists them'],
    [[SHELL, '--json'], '--json is for the list of templates; expected --format json'],
    [
      [SHELL, '--set', 'novalue'],
      '--set "novalue" names no parameter: expected --set id=text, such as --set myDay=1',
    ],
    [
      [SHELL, '--set', 'myShellCommand=ls'],
      `template "${SHELL}" has no parameter "myShellCommand"; did you mean "myShellCmd"?`,
    ],
    [
      [SHELL, '--set', 'xyz=1'],
      `template "${SHELL}" has no parameter "xyz"; it has myS3InputLoc, myS3OutputLoc, myShellCmd, myS3LogsPath`,
    ],
    [
      [INCREMENTAL, '--set', 'myRDSPassword=sesame'],
      `template "${INCREMENTAL}" has no parameter "myRDSPassword"; did you mean "*myRDSPassword"?`,
    ],
    [
      [SHELL, '--set', 'myS3InputLoc='],
      'the value of parameter "myS3InputLoc" is empty; expected text, or no value',
    ],
    [
      [SHELL, '--set', 'myS3InputLoc=in'],
      'value "in" of parameter "myS3InputLoc" is not an S3 location, for example "s3://bucket/key"',
    ],
    [
      [EMR, '--set', 'myCoreInstanceCount=two'],
      'value "two" of parameter "myCoreInstanceCount" is not an Integer, for example "5"',
    ],
    [
      ['export-dynamodb-table-to-s3', '--set', 'myDDBReadThroughputRatio=25%'],
      'value "25%" of parameter "myDDBReadThroughputRatio" is not a Double, for example "0.25"',
    ],
    [
      ['load-s3-data-into-redshift', '--set', 'myInsertMode=MERGE'],
      'value "MERGE" of parameter "myInsertMode" is not allowed. Expected KEEP_EXISTING, OVERWRITE_EXISTING, TRUNCATE, APPEND',
    ],
    [
      [SHELL, '--set', 'myShellCmd=a', '--set', 'myShellCmd=b'],
      `parameter "myShellCmd" has 2 values. Expected one, or 'isArray' "true"`,
    ],
    [
      [INCREMENTAL, '--schedule', 'cron'],
      `template "${INCREMENTAL}" cannot be cron: it copies what was written in an interval, when the interval is over; expected timeseries`,
    ],
    [
      [SHELL, '--schedule', 'ondemand', '--start', '2026-11-05'],
      'start "2026-11-05" has no meaning with ondemand, which runs at each activation',
    ],
    [
      [SHELL, '--schedule', 'ondemand', '--period', '1 day'],
      'period "1 day" has no meaning with ondemand, which runs at each activation',
    ],
    [
      [SHELL, '--start', 'monday'],
      'start "monday" is not an instant: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, in UTC, for example 2024-05-24',
    ],
    [[SHELL, '-o', 'FOLDER', '--force'], '"FOLDER" cannot be written: it is a folder; expected a file'],
    [[SHELL, '-o', 'FOLDER/none/p.json'], '"FOLDER/none/p.json" cannot be written: there is no such folder'],
  ])('%j', async (argv, message) => {
    expect(await init(...argv)).toEqual({ exit: 2, out: '', err: `penstock: ${message}\n` });
  });

  it('a period that is none', async () => {
    const { exit, err } = await init(SHELL, '--period', '15 Period');
    expect(exit).toBe(2);
    expect(err).toMatch(/^penstock: period "15 Period" /);
  });

  it.each([
    [
      [SHELL, '--schedule', 'daily'],
      "argument 'daily' is invalid. Allowed choices are cron, timeseries, ondemand.",
    ],
    [[SHELL, '--format', 'xml'], "argument 'xml' is invalid. Allowed choices are json, yaml."],
  ])('%j', async (argv, message) => {
    const { exit, err } = await init(...argv);
    expect(exit).toBe(2);
    expect(err).toContain(message);
  });

  it('everything at once, and no secret in it', async () => {
    const { exit, err } = await init(
      INCREMENTAL,
      '--set',
      '*myRDSPassword=sesame-a',
      '--set',
      '*myRDSPassword=sesame-b',
      '--set',
      'myX=sesame-c',
      '--schedule',
      'ondemand',
      '--period',
      'soon',
    );
    expect(exit).toBe(2);
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^penstock: parameter "\*myRDSPassword" has 2 values/),
      expect.stringContaining('has no parameter "myX"'),
      expect.stringContaining('cannot be ondemand'),
      expect.stringContaining('period "soon" has no meaning'),
    ]);
    expect(err).not.toContain('sesame');
  });
});

it('completion knows the templates', async () => {
  let script = '';
  const terminal = {
    out: async (text: string) => void (script += text),
    err: () => undefined,
    read: async () => new Uint8Array(),
  };
  await runCli(['completion', 'bash'], terminal);
  expect(script).toMatch(
    /^ {4}init\) options='[^']*--set --schedule [^']*' words='[^']*run-aws-cli-command/m,
  );
});
