/**
 * Reading, validating, compiling and planning one interval of a definition of 500 and of 5,000 objects, on this machine.
 *
 *   node bench/definition/main.mjs [--dist dist] [--rounds 15]
 *
 * Needs a build (dist/). Prints one table and writes bench/results/definition.md. Fails when ten times the objects take
 * more than fifteen times the time in all: then something is no longer near linear.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const SIZES = [500, 5000];
const MOST_GROWTH = 15;
const START = '2026-01-01T00:00:00';

/**
 * A definition file of `size` objects: groups of ten under one Schedule. In each group a copy between two data nodes, a
 * fan-out of four commands behind it, one that waits for them and, chained to the group before, one that begins it.
 */
function definitionOf(size) {
  const defaults = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'bench' };
  const schedule = { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: START };
  const objects = [
    { ...defaults, failureAndRerunMode: 'CASCADE', pipelineLogUri: 's3://bench/logs' },
    { ...schedule, occurrences: '30' },
  ];
  for (let group = 0; objects.length < size; group++) {
    const id = (name) => `${name}${group}`;
    const ref = (name) => ({ ref: id(name) });
    const command = (name, rest) => ({
      id: id(name),
      type: 'ShellCommandActivity',
      command: `run ${name} #{myBucket} #{format(@scheduledStartTime, 'YYYY-MM-dd')}`,
      ...rest,
    });
    const node = (name) => ({
      id: id(name),
      type: 'S3DataNode',
      filePath: `s3://#{myBucket}/#{format(@scheduledStartTime, 'YYYY/MM/dd')}/${id(name)}.csv`,
    });
    const before = group === 0 ? {} : { dependsOn: { ref: `Join${group - 1}` } };
    objects.push(
      command('Begin', before),
      node('In'),
      node('Out'),
      { id: id('Copy'), type: 'CopyActivity', input: ref('In'), output: ref('Out'), dependsOn: ref('Begin') },
      ...[1, 2, 3, 4].map((n) => command(`Fan${n}_`, { input: ref('Out'), maximumRetries: '#{myRetries}' })),
      command('Join', { dependsOn: [1, 2, 3, 4].map((n) => ref(`Fan${n}_`)) }),
      {
        id: id('Alarm'),
        type: 'SnsAlarm',
        topicArn: 'arn:x',
        role: 'r',
        subject: 's',
        message: '#{node.name}',
      },
    );
  }
  const parameters = [
    { id: 'myBucket', type: 'String', default: 'bench' },
    { id: 'myRetries', type: 'Integer', default: '2' },
  ];
  return JSON.stringify({ objects: objects.slice(0, size), parameters }, undefined, 2);
}

/** The steps by name, each from what the one before gave. */
async function stepsOf(dist) {
  const load = (path) => import(pathToFileURL(join(dist, 'model', path)).href);
  const { readDefinitionFile } = await load('definition/definition-file.js');
  const { validateDefinition } = await load('definition/validate.js');
  const { compilePipeline } = await load('instance/compile.js');
  const { planInterval } = await load('instance/plan.js');
  const ids = { pipelineId: 'df-BENCH', pipelineName: 'bench', definitionVersion: 1, activation: 1 };
  const interval = { start: new Date(`${START}Z`), end: new Date('2026-01-02T00:00:00Z') };
  return {
    parse: (text) => {
      const { definition, problems } = readDefinitionFile(text);
      return orThrow(definition, problems);
    },
    validate: (definition) => orThrow(definition, validateDefinition(definition)),
    compile: (definition) => compilePipeline({ ...ids, definition, firstActivationTime: `${START}Z` }),
    plan: (pipeline) => planInterval(pipeline, 'Daily', interval),
  };
}

/** What was found, unless the definition is worse than large. */
function orThrow(definition, problems) {
  const bad = problems.find(({ severity }) => severity !== 'warning');
  if (bad !== undefined) throw new Error(`The definition of the benchmark is wrong: ${bad.message}`);
  return definition;
}

function median(numbers) {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)];
}

/** Milliseconds of each step, the median over `rounds`; ten rounds before count for nothing: code is compiled in them. */
function measure(steps, text, rounds) {
  const times = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
  let instances = 0;
  for (let round = -10; round < rounds; round++) {
    let value = text;
    for (const [name, step] of Object.entries(steps)) {
      const startedMs = performance.now();
      value = step(value);
      if (round >= 0) times[name].push(performance.now() - startedMs);
    }
    instances = value.instances.length;
  }
  return {
    instances,
    ms: Object.fromEntries(Object.entries(times).map(([name, each]) => [name, median(each)])),
  };
}

function report(results, texts) {
  const [small, large] = results;
  const total = ({ ms }) => Object.values(ms).reduce((sum, each) => sum + each, 0);
  const line = (title, left, right) =>
    `| ${title} | ${left.toFixed(1)} | ${right.toFixed(1)} | ${(right / left).toFixed(1)} |`;
  const sizes = SIZES.map((size, i) => `${size} objects (${(texts[i].length / 1024).toFixed(0)} KiB)`);
  const text = [
    '# A definition, from text to the plan of one interval',
    '',
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}. ` +
      `Chain, fan-out and data nodes; ${small.instances} and ${large.instances} instances. Median, milliseconds.`,
    '',
    `| step | ${sizes.join(' | ')} | growth |`,
    '|---|---:|---:|---:|',
    ...Object.keys(small.ms).map((name) => line(name, small.ms[name], large.ms[name])),
    line('all', total(small), total(large)),
    '',
  ].join('\n');
  return { text, growth: total(large) / total(small) };
}

export async function main(argv = process.argv.slice(2)) {
  const { values } = parseArgs({
    args: argv,
    options: { dist: { type: 'string' }, rounds: { type: 'string', default: '15' } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: expected a whole number from 1`);
  const steps = await stepsOf(resolve(values.dist ?? join(ROOT, 'dist')));
  const texts = SIZES.map(definitionOf);
  const results = texts.map((text) => measure(steps, text, rounds));
  const { text, growth } = report(results, texts);
  console.log(text);
  await mkdir(join(ROOT, 'bench/results'), { recursive: true });
  await writeFile(join(ROOT, 'bench/results/definition.md'), text);
  if (growth > MOST_GROWTH)
    throw new Error(
      `${growth.toFixed(1)} times the time for ten times the objects; expected at most ${MOST_GROWTH}`,
    );
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
