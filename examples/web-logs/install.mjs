/**
 * Installs the example through the public API: two weeks of logs, the pipeline, and the last day's log late on
 * purpose. May be killed and started again at any point: what is done is not done twice.
 * By hand: `node examples/web-logs/install.mjs --endpoint http://127.0.0.1:8080`.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  DataPipelineClient,
  DescribePipelinesCommand,
  GetPipelineDefinitionCommand,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import { toApi } from './definition-file.mjs';
import { localFolder, readIfThere, s3Folder } from './folders.mjs';
import { addDays, logFileName, logOfDay, writeWhole } from './generate-logs.mjs';
import { watchRuns } from './watch.mjs';

const DAYS = 14;
/** Long enough to see 13 copies done and the report wait, short enough to stay and watch. */
const LATE_SECONDS = 25;
const PROGRAM = ['weekly-report.sh', 'count.awk', 'lib.awk', 'text.awk', 'html.awk', 'style.css'];

/**
 * Installs the example and, unless `watch` is false, follows it to its end.
 * `s3` = `{ location: 's3://bucket/prefix', endpoint? }` puts the data there instead of below `dataDir`.
 * @returns `{ pipelineId, reports }`, `reports` being the folder of the reports; undefined when it was deleted by its user.
 */
export async function install({
  endpoint,
  credentialsFile,
  home = '.penstock',
  dataDir = join(home, 'examples', 'web-logs'),
  s3,
  workerGroup = 'local',
  lateSeconds = LATE_SECONDS,
  watch = true,
  log = console.log,
  signal,
}) {
  const credentials = await readCredentials(credentialsFile ?? join(home, 'credentials'));
  const client = new DataPipelineClient({ endpoint, region: 'us-east-1', credentials });
  const data = s3 ? s3Folder(s3.location, s3.endpoint) : localFolder(dataDir);
  const reports = `${data.uri}/reports`;
  try {
    const pipelineId = await findOrCreatePipeline(client, dataDir, data.uri);
    const state = await stateOf(client, pipelineId);
    if (state === 'DELETED') return undefined;
    if (state === 'FINISHED') {
      log(`example web-logs has run already: its reports are in ${reports}`);
      return { pipelineId, reports };
    }
    if (state === 'INACTIVE' || state === 'DEACTIVATING') {
      log(`example web-logs is ${state}: ${pipelineId}; activate it to go on`);
      return { pipelineId, reports };
    }
    const start = await putDefinition(client, pipelineId, { data, workerGroup });
    const firstDay = start.slice(0, 10);
    await putFiles(data, firstDay, log);
    if (state === 'PENDING') await client.send(new ActivatePipelineCommand({ pipelineId }));
    log(
      `example web-logs is active: ${pipelineId}, ${DAYS} daily copies and 2 weekly reports from ${firstDay}`,
    );
    await together(signal, [
      (both) => putLateLog({ data, day: addDays(firstDay, DAYS - 1), lateSeconds, log, signal: both }),
      (both) => (watch ? follow({ client, pipelineId, reports, log, signal: both }) : Promise.resolve()),
    ]);
    return { pipelineId, reports };
  } finally {
    client.destroy();
    data.close();
  }
}

/** Runs `tasks` side by side; the first that fails ends the others, so that nothing goes on unseen. */
async function together(signal, tasks) {
  const failed = new AbortController();
  const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  try {
    await Promise.all(tasks.map((task) => task(both)));
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/** The pipeline of an earlier start, also when its user has deleted it since; else a new one. */
async function findOrCreatePipeline(client, dataDir, uri) {
  const noteName = `pipeline-of-${createHash('sha256').update(uri).digest('hex').slice(0, 12)}`;
  const noted = (await readIfThere(join(dataDir, noteName)))?.trim();
  if (noted && (await stateOf(client, noted)) !== 'UNKNOWN') return noted;
  const pipelineId = await createPipeline(client, uri);
  await writeWhole(dataDir, noteName, `${pipelineId}\n`);
  return pipelineId;
}

/** The same name and unique id give the same pipeline again: a second start makes no second one. */
async function createPipeline(client, uri) {
  const { pipelineId } = await client.send(
    new CreatePipelineCommand({
      name: 'web-logs',
      uniqueId: `example web-logs ${uri}`,
      description: 'Example: archives web-server logs each day and reports on them once a week.',
    }),
  );
  return pipelineId;
}

/** `@pipelineState`; `DELETED` when its user deleted it, `UNKNOWN` when the store is another one by now. */
async function stateOf(client, pipelineId) {
  try {
    const { pipelineDescriptionList } = await client.send(
      new DescribePipelinesCommand({ pipelineIds: [pipelineId] }),
    );
    return pipelineDescriptionList[0].fields.find(({ key }) => key === '@pipelineState')?.stringValue;
  } catch (error) {
    if (error.name === 'PipelineDeletedException') return 'DELETED';
    if (error.name === 'PipelineNotFoundException') return 'UNKNOWN';
    throw error;
  }
}

/** Puts the definition unless there is one. @returns `myStart` of the one that is there. */
async function putDefinition(client, pipelineId, { data, workerGroup }) {
  const there = await client.send(new GetPipelineDefinitionCommand({ pipelineId }));
  const start = there.parameterValues?.find(({ id }) => id === 'myStart')?.stringValue;
  if (start !== undefined) return start;
  const file = JSON.parse(await readFile(new URL('pipeline-definition.json', import.meta.url), 'utf8'));
  const values = valuesFor({ uri: data.uri, now: new Date(), workerGroup });
  const answer = await client.send(
    new PutPipelineDefinitionCommand({ pipelineId, ...toApi({ ...file, values }) }),
  );
  if (answer.errored) {
    throw new Error(`The example's definition was refused: ${JSON.stringify(answer.validationErrors)}`);
  }
  return values.myStart;
}

/** Values of the parameters: everything below `uri`, the last two whole weeks before `now`, Sunday to Saturday. */
export function valuesFor({ uri, now, workerGroup = 'local' }) {
  const today = now.toISOString().slice(0, 10);
  return {
    myStart: `${addDays(today, -now.getUTCDay() - DAYS)}T00:00:00`,
    myRawLogs: `${uri}/raw`,
    myArchive: `${uri}/archive`,
    myProgram: `${uri}/program`,
    myReports: `${uri}/reports`,
    myLogs: `${uri}/logs`,
    myWorkerGroup: workerGroup,
    myRetryDelay: '5 seconds', // shorter than AWS allows: somebody is watching
  };
}

async function putFiles(data, firstDay, log) {
  for (const name of PROGRAM) {
    await data.put(`program/${name}`, await readFile(new URL(`report/${name}`, import.meta.url), 'utf8'));
  }
  let lines = 0;
  for (let index = 0; index < DAYS - 1; index++) {
    const day = addDays(firstDay, index);
    if (await data.has(`raw/${logFileName(day)}`)) continue;
    const text = logOfDay(day);
    lines += text.split('\n').length - 1;
    await data.put(`raw/${logFileName(day)}`, text);
  }
  if (lines > 0)
    log(`${DAYS - 1} days of web-server logs are in ${data.uri}/raw (${lines.toLocaleString('en')} lines)`);
}

/** The log of the last day, which comes late on purpose. */
async function putLateLog({ data, day, lateSeconds, log, signal }) {
  const name = `raw/${logFileName(day)}`;
  if (await data.has(name)) return;
  log(
    `the log of the last day, ${day}, will arrive in ${lateSeconds} s: watch the second report wait for it`,
  );
  await sleep(lateSeconds * 1000, undefined, { signal });
  await data.put(name, logOfDay(day));
  log(`the log of ${day} has arrived`);
}

async function follow({ client, pipelineId, reports, log, signal }) {
  const finished = await watchRuns({ client, pipelineId, log: (line) => log(`  ${line}`), signal });
  log(
    finished
      ? `example web-logs is FINISHED; read ${reports}/week-…/report.html`
      : 'example web-logs has ended, not all of it FINISHED',
  );
}

/** Profile `default` of an AWS shared-credentials file. Only that file: the environment's keys may be S3's. */
async function readCredentials(path) {
  const text = await readFile(path, 'utf8');
  const section = /^\[default\]\s*$([^[]*)/m.exec(text)?.[1] ?? '';
  const valueOf = (name) => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(section)?.[1];
  const accessKeyId = valueOf('aws_access_key_id');
  const secretAccessKey = valueOf('aws_secret_access_key');
  if (!accessKeyId || !secretAccessKey) throw new Error(`${path} has no key for the profile "default"`);
  return { accessKeyId, secretAccessKey };
}

async function main() {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string', default: 'http://127.0.0.1:8080' },
      home: { type: 'string', default: process.env.PENSTOCK_HOME ?? '.penstock' },
      credentials: { type: 'string' },
      data: { type: 'string' },
      'worker-group': { type: 'string' },
      s3: { type: 'string' },
      's3-endpoint': { type: 'string' },
      'no-watch': { type: 'boolean', default: false },
    },
  });
  const end = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => end.abort());
  try {
    await install({
      endpoint: values.endpoint,
      home: resolve(values.home),
      ...(values.credentials ? { credentialsFile: values.credentials } : {}),
      ...(values.data ? { dataDir: resolve(values.data) } : {}),
      ...(values['worker-group'] ? { workerGroup: values['worker-group'] } : {}),
      ...(values.s3 ? { s3: { location: values.s3, endpoint: values['s3-endpoint'] } } : {}),
      watch: !values['no-watch'],
      signal: end.signal,
    });
  } catch (error) {
    if (end.signal.aborted) return;
    console.error(`The example could not be installed: ${error.message}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
