/** What `aws datapipeline list-runs` costs: from end to end, and its calls alone. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { percentile } from './calls.mjs';

const DAY_MS = 86_400_000;
/** As the CLI slices its DescribeObjects. Source: api.md 5. */
const SLICE = 100;

/** The calls that list-runs makes for these selectors; answers how many objects they told of. */
async function callsOf(call, pipelineId, selectors) {
  const ids = [];
  for (let marker; ;) {
    const page = await call('QueryObjects', {
      pipelineId,
      sphere: 'INSTANCE',
      query: { selectors },
      ...(marker === undefined ? {} : { marker }),
    });
    ids.push(...page.ids);
    if (!page.hasMoreResults) break;
    ({ marker } = page);
  }
  for (let from = 0; from < ids.length; from += SLICE) {
    await call('DescribeObjects', { pipelineId, objectIds: ids.slice(from, from + SLICE) });
  }
  return ids.length;
}

export async function measureListRuns({ call, facts, aws, api, rounds }) {
  const at = (days) => new Date(facts.now.getTime() - days * DAY_MS).toISOString().slice(0, 19);
  const started = (from) => ({
    fieldName: '@actualStartTime',
    operator: { type: 'BETWEEN', values: [at(from), at(-1)] },
  });
  const scheduled = {
    fieldName: '@scheduledStartTime',
    operator: { type: 'BETWEEN', values: [at(1), at(0)] },
  };
  const status = { fieldName: '@status', operator: { type: 'EQ', values: ['FAILED'] } };
  const cases = [
    { title: 'list-runs', args: [], selectors: [started(4)] },
    { title: 'list-runs --status failed', args: ['--status', 'failed'], selectors: [started(4), status] },
    {
      title: 'list-runs --schedule-interval (a day)',
      args: ['--schedule-interval', `${at(1)},${at(0)}`],
      selectors: [scheduled],
    },
    {
      title: 'list-runs --start-interval (100 days) --status failed',
      args: ['--start-interval', `${at(100)},${at(-1)}`, '--status', 'failed'],
      selectors: [started(100), status],
    },
  ];
  const env = {
    ...process.env,
    AWS_SHARED_CREDENTIALS_FILE: api.credentials,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_PAGER: '',
  };
  const cli = (...args) =>
    promisify(execFile)(aws, ['--region', 'us-east-1', '--endpoint-url', api.url, 'datapipeline', ...args], {
      env,
      maxBuffer: 1 << 28,
      timeout: 300_000,
    });
  const rows = [];
  for (const { title, args, selectors } of cases) {
    const times = { cli: [], calls: [] };
    let instances = 0;
    for (let round = 0; round < rounds; round++) {
      let startedMs = performance.now();
      await cli('list-runs', '--pipeline-id', facts.pipelineId, ...args);
      times.cli.push(performance.now() - startedMs);
      startedMs = performance.now();
      instances = await callsOf(call, facts.pipelineId, selectors);
      times.calls.push(performance.now() - startedMs);
    }
    rows.push({ title, instances, ...times });
  }
  // What of it is the CLI's own start: a call that asks for nothing.
  const own = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    await cli('describe-pipelines', '--pipeline-ids', facts.pipelineId);
    own.push(performance.now() - startedMs);
  }
  return { rows, ownMs: percentile(own, 0.5) };
}

export function listRunsLines({ rows }) {
  return rows.map(
    ({ title, instances, cli, calls }) =>
      `| ${title} | ${instances} | ${(percentile(cli, 0.5) / 1000).toFixed(2)} | ${(percentile(calls, 0.5) / 1000).toFixed(2)} |`,
  );
}
