/**
 * The bad input of the tests (test/fixtures/bad-definitions.ts, bad-texts.ts): what each takes to read, to validate and to
 * check for activation, in a process of its own that has compiled nothing yet.
 *
 *   node bench/bad-input/main.mjs [--dist dist] [--only <part of a name>]
 *
 * Needs a build (dist/). Prints one table and writes bench/results/bad-input.md. CPU is that of the work, the threads
 * of the garbage collector with it; the start of the process, the same for every input, is not. Fails when one input takes more than the limits, or is not
 * answered as it must be.
 */
import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const CHILD = join(ROOT, 'bench/bad-input/child.mjs');
const LIMIT = { cpuMs: 2000, rssMib: 512 };

/** Every bad input by name: the name of its file, its text, and what must be said of it. */
async function inputs(only) {
  const load = async (name) =>
    (await runnerImport(join(ROOT, 'test/fixtures', name), { logLevel: 'error' })).module;
  const { BAD_DEFINITIONS } = await load('bad-definitions.ts');
  const { BAD_TEXTS } = await load('bad-texts.ts');
  return [
    ...BAD_DEFINITIONS.map(([name, make, expected]) => ({ name, fileName: 'bad.json', make, expected })),
    ...BAD_TEXTS.map(([name, fileName, make, expected]) => ({ name, fileName, make, expected })),
  ].filter(({ name }) => name.includes(only));
}

async function measure({ name, fileName, make, expected }, dist, folder) {
  const path = join(folder, fileName);
  const text = make();
  await writeFile(path, text);
  const { messages, ...figures } = await answerOf([dist, path, fileName]);
  const wrong = messages.some((message) => expected.test(message))
    ? undefined
    : `${name}: no message is like ${expected}, but for example ${messages[0]?.slice(0, 300)}`;
  return { name, sizeMib: Buffer.byteLength(text) / 1024 ** 2, ...figures, wrong };
}

function answerOf(argv) {
  return new Promise((answered, failed) => {
    const child = fork(CHILD, argv);
    let answer;
    child.once('message', (message) => (answer = message));
    child.once('error', failed);
    child.once('exit', (code, signal) => {
      if (answer === undefined) failed(new Error(`${argv.join(' ')}: ended with ${code ?? signal}`));
      else answered(answer);
    });
  });
}

function isOver({ cpuMs, rssMib }) {
  return cpuMs > LIMIT.cpuMs || rssMib > LIMIT.rssMib;
}

function report(rows) {
  const line = (name, ...cells) => `| ${name} | ${cells.join(' | ')} |`;
  const number = (value, limit) => (value > limit ? `**${value.toFixed(0)}**` : value.toFixed(0));
  return [
    '# Bad input',
    '',
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}. Each in a ` +
      `fresh process that reads, validates and checks for activation; CPU (with the threads of the garbage collector) from the first byte that is read to the last answer, memory of the whole process. ` +
      `Limits: ${LIMIT.cpuMs} ms of CPU, ${LIMIT.rssMib} MiB.`,
    '',
    line('input', 'MiB', 'CPU ms', 'wall ms', 'peak MiB'),
    '|---|---:|---:|---:|---:|',
    ...rows.map(({ name, sizeMib, cpuMs, wallMs, rssMib }) =>
      line(
        name,
        sizeMib.toFixed(1),
        number(cpuMs, LIMIT.cpuMs),
        wallMs.toFixed(0),
        number(rssMib, LIMIT.rssMib),
      ),
    ),
    line('**limit**', '', LIMIT.cpuMs, '', LIMIT.rssMib),
    '',
  ].join('\n');
}

export async function main(argv = process.argv.slice(2)) {
  const { values } = parseArgs({
    args: argv,
    options: { dist: { type: 'string' }, only: { type: 'string', default: '' } },
  });
  const dist = resolve(values.dist ?? join(ROOT, 'dist'));
  const folder = await mkdtemp(join(tmpdir(), 'penstock-bad-'));
  const rows = [];
  try {
    for (const input of await inputs(values.only)) rows.push(await measure(input, dist, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const text = report(rows);
  console.log(text);
  if (values.only === '') {
    await mkdir(join(ROOT, 'bench/results'), { recursive: true });
    await writeFile(join(ROOT, 'bench/results/bad-input.md'), text);
  }
  const wrong = [
    ...rows.filter(isOver).map(({ name }) => `${name}: over the limits`),
    ...rows.flatMap((row) => row.wrong ?? []),
  ];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
