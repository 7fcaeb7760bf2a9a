/** QueryObjects with every operator, beside plain SQL for the same rows. */
import { percentile } from './calls.mjs';

const DAY_MS = 86_400_000;

/** A query: its selectors, and the same as SQL over instances `i` or attempts `a`, in the order of `order` and id. */
const row = (title, selectors, where, order) => ({ title, selectors, where, order });

/** The queries, of both spheres. */
export function queriesOf({ now }) {
  const at = (days) => new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 19);
  const on = (fieldName, type, ...values) => ({ fieldName, operator: { type, values } });
  const some = `@Step3_${at(10)}`;
  const start = 'i.scheduled_start';
  const timed = ([field, by]) => {
    const year = on(field, 'BETWEEN', at(365), at(0));
    const inYear = `${by} between '${at(365)}' and '${at(0)}'`;
    const day = `${by} >= '${at(100).slice(0, 10)}' and ${by} < '${at(99).slice(0, 10)}'`;
    return [
      row(`${field} EQ (a day)`, [on(field, 'EQ', at(100).slice(0, 10))], day, by),
      row(`${field} LE (half of all)`, [on(field, 'LE', at(1000))], `${by} <= '${at(1000)}'`, by),
      row(`${field} GE (4 days)`, [on(field, 'GE', at(4))], `${by} >= '${at(4)}'`, by),
      row(`${field} BETWEEN (a year)`, [year], inYear, by),
      row(
        `${field} BETWEEN (a year), @status EQ RUNNING`,
        [year, on('@status', 'EQ', 'RUNNING')],
        `${inYear} and i.status = 'RUNNING'`,
        by,
      ),
    ];
  };
  const fourDays = on('@actualStartTime', 'BETWEEN', at(4), at(0));
  const inFourDays = `i.actual_start between '${at(4)}' and '${at(0)}'`;
  const failed = on('@status', 'EQ', 'FAILED');
  const several = on('@status', 'EQ', 'FAILED', 'CANCELLED', 'RUNNING');
  const timedOut = [on('parent', 'EQ', 'Step7'), on('@status', 'EQ', 'TIMEDOUT')];
  const instances = [
    row('no selector', [], 'true', start),
    row('@status EQ FAILED', [failed], `i.status = 'FAILED'`, start),
    row('@status EQ RUNNING (3 of all)', [on('@status', 'EQ', 'RUNNING')], `i.status = 'RUNNING'`, start),
    row('@status EQ, three values', [several], `i.status in ('FAILED', 'CANCELED', 'RUNNING')`, start),
    row(
      '@componentParent REF_EQ',
      [on('@componentParent', 'REF_EQ', 'Step7')],
      `i.component_id = 'Step7'`,
      start,
    ),
    row('parent EQ, @status EQ', timedOut, `i.component_id = 'Step7' and i.status = 'TIMEDOUT'`, start),
    row('name EQ', [on('name', 'EQ', some)], `i.id = '${some}'`, start),
    ...[
      ['@scheduledStartTime', 'i.scheduled_start'],
      ['@scheduledEndTime', 'i.scheduled_end'],
      ['@actualStartTime', 'i.actual_start'],
      ['@actualEndTime', 'i.actual_end'],
    ].flatMap(timed),
    row('as list-runs asks by itself', [fourDays], inFourDays, 'i.actual_start'),
    row(
      'as list-runs --status failed',
      [fourDays, failed],
      `${inFourDays} and i.status = 'FAILED'`,
      'i.actual_start',
    ),
  ];
  const year = on('@actualStartTime', 'BETWEEN', at(365), at(0));
  const inYear = `a.actual_start between '${at(365)}' and '${at(0)}'`;
  const lately = [on('@actualEndTime', 'GE', at(4))];
  const attempts = [
    row('no selector', [], 'true', 'a.instance_id'),
    row('@status EQ FAILED', [failed], `a.status = 'FAILED'`, 'a.instance_id'),
    row(
      '@instanceParent REF_EQ',
      [on('@instanceParent', 'REF_EQ', some)],
      `a.instance_id = '${some}'`,
      'a.instance_id',
    ),
    row('@actualStartTime BETWEEN (a year)', [year], inYear, 'a.actual_start'),
    row('@actualEndTime GE (4 days)', lately, `a.actual_end >= '${at(4)}'`, 'a.actual_end'),
  ];
  return [
    ...instances.map(({ title, selectors, where, order }) => ({
      sphere: 'INSTANCE',
      title,
      selectors,
      sql: `select i.id from instances i where i.pipeline_id = $1 and ${where} order by ${order}, i.id limit 101`,
    })),
    ...attempts.map(({ title, selectors, where, order }) => ({
      sphere: 'ATTEMPT',
      title,
      selectors,
      sql: `select a.instance_id, a.number from attempts a where a.pipeline_id = $1 and ${where}
        order by ${order}, a.instance_id, a.number limit 101`,
    })),
  ];
}

/** Milliseconds of each query: its first page, a page after it, the plain SQL. Turn by turn; the first round counts for nothing. */
export async function measureQueries({ call, db, facts, rounds }) {
  const rows = [];
  for (const { title, sphere, selectors, sql } of queriesOf(facts)) {
    const input = { pipelineId: facts.pipelineId, sphere, query: { selectors } };
    const times = { page: [], next: [], sql: [] };
    let found = 0;
    for (let round = -1; round < rounds; round++) {
      const keep = (name, startedMs) => round >= 0 && times[name].push(performance.now() - startedMs);
      let startedMs = performance.now();
      const page = await call('QueryObjects', input);
      keep('page', startedMs);
      found = page.ids.length;
      if (page.hasMoreResults) {
        startedMs = performance.now();
        await call('QueryObjects', { ...input, marker: page.marker });
        keep('next', startedMs);
      }
      startedMs = performance.now();
      await db.query(sql, [facts.pipelineId]);
      keep('sql', startedMs);
    }
    rows.push({ title: `${sphere}: ${title}`, found, ...times });
  }
  return rows;
}

/** The rows of the table. */
export function queryLines(rows) {
  const ms = (numbers, part) => (numbers.length === 0 ? '' : percentile(numbers, part).toFixed(1));
  return rows.map(
    ({ title, found, page, next, sql }) =>
      `| ${title} | ${found} | ${ms(page, 0.5)} | ${ms(page, 1)} | ${ms(next, 0.5)} | ${ms(next, 1)} | ${ms(sql, 0.5)} | ${ms(sql, 1)} |`,
  );
}

/** Of each page the median; of these the slowest. */
export function slowest(rows) {
  return Math.max(
    ...rows
      .flatMap(({ page, next }) => [page, next])
      .filter(({ length }) => length > 0)
      .map((all) => percentile(all, 0.5)),
  );
}
