/** A pipeline with very many instances, written into a store as if it had run for years. */

/** Activities of the pipeline, each with an instance an hour. */
export const COMPONENTS = 20;

/** Of each thousand instances, how many ended how; what is left is FINISHED. The newest hours are not over. */
const ENDS = [
  ['FAILED', 10],
  ['CASCADE_FAILED', 5],
  ['CANCELED', 3],
  ['SKIPPED', 2],
  ['TIMEDOUT', 1],
];

/** The objects as the API has them. */
function definitionOf(firstHour) {
  const text = (key, stringValue) => ({ key, stringValue });
  const ref = (key, refValue) => ({ key, refValue });
  const object = (id, ...fields) => ({ id, name: id, fields });
  const schedule = object('Hourly', text('type', 'Schedule'), text('period', '1 hour'));
  schedule.fields.push(text('startDateTime', firstHour));
  const activities = Array.from({ length: COMPONENTS }, (_, index) =>
    object(
      `Step${index}`,
      text('type', 'ShellCommandActivity'),
      text('command', `run ${index} #{format(@scheduledStartTime, 'YYYY-MM-dd-HH')}`),
      text('workerGroup', 'bench'),
      ref('schedule', 'Hourly'),
      ...(index === 0 ? [] : [ref('dependsOn', 'Step0')]),
    ),
  );
  return {
    pipelineObjects: [object('Default', text('scheduleType', 'cron')), schedule, ...activities],
    parameterObjects: [],
    parameterValues: [],
  };
}

/** Fills the store with `count` instances that end at the present hour; answers what a bench must know of them. */
export async function load(db, stores, count) {
  const { pipelines } = stores;
  const hours = Math.ceil(count / COMPONENTS);
  const now = new Date();
  now.setUTCMinutes(0, 0, 0);
  const firstHour = new Date(now.getTime() - (hours - 1) * 3_600_000).toISOString().slice(0, 19);
  const { pipelineId } = await pipelines.create({
    name: 'bench',
    uniqueId: 'bench',
    tags: [],
    creator: 'default',
    accountId: '000000000000',
  });
  const definition = definitionOf(firstHour);
  const { definitionVersion } = await pipelines.putDefinition(pipelineId, definition, { errored: false });
  await pipelines.activate(pipelineId, {
    definitionVersion,
    at: new Date(`${firstHour}Z`),
    schedules: [{ scheduleId: 'Hourly', nextIndex: hours, exhausted: false }],
  });
  let from = 0;
  const ends = ENDS.map(([status, share]) => `when luck < ${(from += share)} then '${status}'`).join(' ');
  // Events would be a third of the time of loading, and nothing here reads them.
  await db.query(`set session_replication_role = replica`);
  await db.query(
    `insert into instances (pipeline_id, id, schedule_id, interval_start, component_id, kind, type, scheduled_start,
       scheduled_end, definition_version, activation, "references", seq, status, attempt_count, tries_left,
       actual_start, actual_end, waiting_on, cascade_failed_on, changed_at)
     select $1, '@' || c || '_' || to_char(s, 'YYYY-MM-DD"T"HH24:MI:SS'), 'Hourly', s, c, 'activity',
       'ShellCommandActivity', s, s + interval '1 hour', 1, 1, '{}', 5, status, 1, 2,
       case when status <> 'SKIPPED' then s + interval '1 hour' + luck * interval '10 ms' end,
       case when status in ('RUNNING', 'WAITING_FOR_RUNNER', 'WAITING_ON_DEPENDENCIES', 'SKIPPED') then null
         else s + interval '1 hour 5 minutes' + luck * interval '1 second' end, '{}', '{}', s + interval '2 hours'
     from (
       select c, s, luck, case when h = $3::int - 1 and n < 3 then 'RUNNING'
         when h = $3::int - 1 and n < 8 then 'WAITING_FOR_RUNNER' when h >= $3::int - 2 then 'WAITING_ON_DEPENDENCIES'
         ${ends} else 'FINISHED' end as status
       from (select h, n, 'Step' || n as c, $2::timestamptz + h * interval '1 hour' as s,
         (h::bigint * 7919 + n * 104729) % 1000 as luck
         from generate_series(0, $3::int - 1) h, generate_series(0, ${COMPONENTS - 1}) n) made
     ) decided`,
    [pipelineId, `${firstHour}Z`, hours],
  );
  await db.query(
    `insert into attempts (pipeline_id, instance_id, number, seq, status, actual_start, actual_end, hostname)
     select pipeline_id, id, 1, 5, status, actual_start, actual_end, 'bench-host' from instances
     where status not in ('SKIPPED', 'WAITING_ON_DEPENDENCIES', 'CASCADE_FAILED')`,
  );
  await db.query('set session_replication_role = default');
  // As autovacuum does by itself, minutes later.
  await db.query('vacuum analyze instances, attempts, definitions, pipelines');
  const { rows } = await db.query(
    `select count(*)::int as instances, (select count(*)::int from attempts) as attempts from instances`,
  );
  return { pipelineId, hours, firstHour: `${firstHour}Z`, now, ...rows[0] };
}
