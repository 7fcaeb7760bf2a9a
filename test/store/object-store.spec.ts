import { beforeAll, describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../model/errors.js';
import type { ObjectSelector } from '../../src/store/object-selector.js';
import { ObjectStore } from '../../src/store/object-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { anActivePipeline, anInstance, aRun, aState } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('ObjectStore on %s', (_version, server) => {
  const shared = useDatabase(server);
  const store = (): ObjectStore => new ObjectStore(shared.database);
  const idOf = (component: string, day: number): string => anInstance(component, day).id;
  let pipelineId = '';

  // Days 0 to 4: Say FINISHED, FAILED, CANCELED, RUNNING, not begun; Do SKIPPED on day 0, not begun later.
  beforeAll(async () => {
    pipelineId = await anActivePipeline(shared.database);
    const ledger = new PostgresLedger(shared.database);
    const statuses = ['FINISHED', 'FAILED', 'CANCELED', 'RUNNING'] as const;
    for (const day of [4, 3, 2, 1, 0]) {
      const run = aRun(pipelineId, day);
      const skipped = day === 0 ? { status: 'SKIPPED' as const } : {};
      await ledger.createInstances(run, [anInstance('Say', day), anInstance('Do', day, skipped)]);
    }
    for (const [day, status] of statuses.entries()) {
      const id = idOf('Say', day);
      const actualStart = `2030-01-0${day + 1}T10:00:00.500Z`;
      const ended = status === 'RUNNING' ? {} : { actualEnd: `2030-01-0${day + 1}T11:00:00Z` };
      await ledger.record(aRun(pipelineId, day), {
        instances: [
          aState(id, 1, status, {
            actualStart,
            ...ended,
            ...(status === 'CANCELED' ? { cancellationReason: 'deactivated' } : {}),
          }),
        ],
        attempts: [
          { instanceId: id, number: 1, seq: 1, status: 'FAILED', actualStart, errorId: 'CommandFailed' },
          { instanceId: id, number: 2, seq: 1, status, actualStart, ...ended },
        ],
      });
    }
    const other = await anActivePipeline(shared.database);
    await ledger.createInstances(aRun(other), [anInstance('Say')]);
  });

  const find = async (
    sphere: 'INSTANCE' | 'ATTEMPT',
    ...selectors: ObjectSelector[]
  ): Promise<readonly string[]> => (await store().query({ pipelineId, sphere, selectors, limit: 1000 })).ids;
  const on = (fieldName: string, type: ObjectSelector['type'], ...values: string[]): ObjectSelector => ({
    fieldName,
    type,
    values,
  });
  const said = (...days: number[]): string[] => days.map((day) => idOf('Say', day));

  it.each<[string, ObjectSelector[], number[]]>([
    ['the status', [on('@status', 'EQ', 'FAILED')], [1]],
    ['any of the values', [on('@status', 'EQ', 'FAILED', 'RUNNING')], [1, 3]],
    ['CANCELLED as the CLI spells it', [on('@status', 'EQ', 'CANCELLED')], [2]],
    ['the component', [on('@componentParent', 'REF_EQ', 'Say')], [0, 1, 2, 3, 4]],
    ['the parent, by EQ', [on('parent', 'EQ', 'Say'), on('@scheduledStartTime', 'GE', '2030-01-04')], [3, 4]],
    ['the name', [on('name', 'EQ', idOf('Say', 2), 'none')], [2]],
    [
      'all selectors',
      [on('@status', 'EQ', 'FAILED', 'FINISHED'), on('@actualEndTime', 'GE', '2030-01-02')],
      [1],
    ],
    ['a second', [on('@actualStartTime', 'EQ', '2030-01-02T10:00:00')], [1]],
    ['a day', [on('@actualStartTime', 'EQ', '2030-01-02')], [1]],
    ['until the end of a second', [on('@actualStartTime', 'LE', '2030-01-02T10:00:00')], [0, 1]],
    ['until the second before', [on('@actualStartTime', 'LE', '2030-01-02T09:59:59')], [0]],
    ['until the end of a day', [on('@actualStartTime', 'LE', '2030-01-02')], [0, 1]],
    ['both ends', [on('@actualStartTime', 'BETWEEN', '2030-01-02T10:00:00', '2030-01-03')], [1, 2]],
    ['nothing that has no such time', [on('@actualEndTime', 'GE', '2000')], [0, 1, 2]],
    ['nothing by a field that instances lack', [on('@instanceParent', 'EQ', idOf('Say', 0))], []],
    ['nothing of another sphere', [on('@sphere', 'EQ', 'ATTEMPT')], []],
  ])('finds instances by %s', async (_what, selectors, days) => {
    expect(await find('INSTANCE', ...selectors)).toEqual(said(...days));
  });

  it('finds attempts by their own fields and by the scheduled times of their instance', async () => {
    const attempts = (...numbers: [number, number][]) =>
      numbers.map(([day, n]) => `${idOf('Say', day)}_Attempt=${n}`);
    expect(await find('ATTEMPT', on('@status', 'EQ', 'FAILED'))).toEqual(
      attempts([0, 1], [1, 1], [1, 2], [2, 1], [3, 1]),
    );
    expect(await find('ATTEMPT', on('@scheduledStartTime', 'LE', '2030-01-01'))).toEqual(
      attempts([0, 1], [0, 2]),
    );
    expect(await find('ATTEMPT', on('@instanceParent', 'REF_EQ', idOf('Say', 3)))).toEqual(
      attempts([3, 1], [3, 2]),
    );
    expect(await find('ATTEMPT', on('name', 'EQ', `${idOf('Say', 3)}_Attempt=2`))).toEqual(attempts([3, 2]));
  });

  it.each<[string, ObjectSelector[], number, number]>([
    ['everything', [], 10, 8],
    ['a time of the schedule', [on('@scheduledStartTime', 'GE', '2030')], 10, 8],
    ['the end of the schedule', [on('@scheduledEndTime', 'GE', '2030')], 10, 8],
    ['the start', [on('@actualStartTime', 'LE', '2031')], 4, 8],
    ['the end', [on('@actualEndTime', 'BETWEEN', '2030-01-01', '2030-01-03')], 3, 3],
    [
      'statuses, one of them by two names',
      [on('@status', 'EQ', 'FINISHED', 'FAILED', 'CANCELLED', 'CANCELED')],
      3,
      7,
    ],
    [
      'statuses and times, some of them twice',
      [
        on('@status', 'EQ', 'FINISHED', 'FAILED'),
        on('@actualStartTime', 'EQ', '2030-01-01', '2030-01', '2030-01-02T10'),
      ],
      2,
      6,
    ],
    ['components', [on('parent', 'EQ', 'Say', 'Do', 'Nobody')], 10, 8],
    [
      'more alternatives than are asked one by one',
      [
        on('@status', 'EQ', ...Array.from({ length: 30 }, (_, n) => `S${n}`), 'RUNNING', 'FAILED'),
        on('parent', 'EQ', 'Say', 'Do'),
      ],
      2,
      6,
    ],
  ])('pages through %s, each id once', async (_what, selectors, instances, attempts) => {
    for (const sphere of ['INSTANCE', 'ATTEMPT'] as const) {
      const all = await find(sphere, ...selectors);
      expect(new Set(all).size).toBe(all.length);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await store().query({
          pipelineId,
          sphere,
          selectors,
          limit: 3,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.ids);
        after = page.marker;
      } while (after !== undefined);
      expect(seen).toEqual(all);
      expect(all).toHaveLength(sphere === 'INSTANCE' ? instances : attempts);
    }
  });

  const FIELDS = {
    '@scheduledStartTime': 'scheduledStart',
    '@scheduledEndTime': 'scheduledEnd',
    '@actualStartTime': 'actualStart',
    '@actualEndTime': 'actualEnd',
  } as const;
  const TIMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
  const SPANS: readonly [ObjectSelector['type'], string, string?][] = [
    ['GE', '2030-01-02T10'],
    ['LE', '2030-01-03'],
    ['BETWEEN', '0000', '9999'],
    ['BETWEEN', '2030-01-02', '2030-01-03T10'],
  ];
  it.each(['INSTANCE', 'ATTEMPT'] as const)(
    'finds by every two times, of one status or any: %s',
    async (sphere) => {
      const ids = await find(sphere);
      const rows =
        sphere === 'INSTANCE'
          ? await store().instances(pipelineId, ids)
          : await store().attempts(pipelineId, ids);
      const isIn = (time: string | undefined, [type, from, to = from]: (typeof SPANS)[number]): boolean =>
        time !== undefined &&
        (type === 'LE' || time >= from) &&
        (type === 'GE' || time.slice(0, to.length) <= to);
      let found = 0;
      for (const [first, second] of TIMES.flatMap((one, at) =>
        TIMES.slice(at + 1).map((other) => [one, other] as const),
      ))
        for (const one of SPANS)
          for (const other of SPANS)
            for (const statuses of [[], ['FAILED']]) {
              const selectors = [
                on(first, one[0], ...one.slice(1).filter((value) => value !== undefined)),
                on(second, other[0], ...other.slice(1).filter((value) => value !== undefined)),
                ...statuses.map((status) => on('@status', 'EQ', status)),
              ];
              const expected = rows.filter(
                (row) =>
                  isIn(row[FIELDS[first]], one) &&
                  isIn(row[FIELDS[second]], other) &&
                  (statuses.length === 0 || row.status === 'FAILED'),
              );
              const first2 = await store().query({ pipelineId, sphere, selectors, limit: 2 });
              const { marker: after } = first2;
              const rest =
                after === undefined
                  ? []
                  : (await store().query({ pipelineId, sphere, selectors, limit: 100, after })).ids;
              const all = [...first2.ids, ...rest];
              expect(all.toSorted(), JSON.stringify(selectors)).toEqual(
                expected.map(({ id }) => id).toSorted(),
              );
              found += all.length;
            }
      expect(found).toBeGreaterThan(0);
    },
  );

  it('refuses the marker of a query in another order', async () => {
    const query = { pipelineId, sphere: 'INSTANCE', limit: 1 } as const;
    const { marker: after = '' } = await store().query({ ...query, selectors: [] });
    const selectors = [on('@actualStartTime', 'GE', '2030')];
    await expect(store().query({ ...query, selectors, after })).rejects.toThrow('is of another query');
  });

  it.each<[ObjectSelector, string]>([
    [on('command', 'EQ', 'x'), 'query: field "command" cannot be queried: expected one of @sphere, name'],
    [on('__proto__', 'EQ', 'x'), 'query: field "__proto__" cannot be queried'],
    [on('@status', 'LE', 'x'), 'query: operator "LE" does not fit field @status: expected EQ or REF_EQ'],
    [on('@status', 'REF_EQ', 'x'), 'query: operator "REF_EQ" does not fit field @status: expected EQ'],
    [on('@actualEndTime', 'REF_EQ', '2030'), 'expected EQ, LE, GE or BETWEEN'],
    [on('@actualEndTime', 'BETWEEN', '2030'), 'query: BETWEEN on @actualEndTime has 1 values: expected two'],
    [on('@actualEndTime', 'GE'), 'query: GE on @actualEndTime has 0 values: expected one'],
    [on('@actualEndTime', 'GE', 'yesterday'), 'query: value "yesterday" of @actualEndTime is not a time'],
    [on('@actualEndTime', 'GE', '2030-02-30'), 'query: value "2030-02-30" of @actualEndTime is not a time'],
  ])('refuses %j', async (selector, message) => {
    await expect(find('INSTANCE', selector)).rejects.toThrow(InvalidRequest);
    await expect(find('INSTANCE', selector)).rejects.toThrow(message);
  });

  it('refuses a marker of another making', async () => {
    const made = [
      '["@scheduledStartTime","2030-99-01T0Z","a",1]',
      '["id","2030-01-01T00:00:00Z","a",1]',
      '["@scheduledStartTime","2030-01-01T00:00:00Z","\\u0000",1]',
      '["@scheduledStartTime","2030-01-01T00:00:00Z","\\ud800",1]',
      '["@scheduledStartTime","2030-01-01T00:00:00Z","a",1e300]',
    ].map((text) => Buffer.from(text).toString('base64url'));
    for (const after of ['x', '', ...made]) {
      await expect(
        store().query({ pipelineId, sphere: 'INSTANCE', selectors: [], after, limit: 1 }),
      ).rejects.toThrow('is not valid: expected the marker of the page before');
    }
  });

  it('reads instances and attempts in the order asked for, leaving out what is not there', async () => {
    const [second, first] = await store().instances(pipelineId, [idOf('Say', 1), '@none', idOf('Say', 0)]);
    expect(second).toMatchObject({ ...aRun(pipelineId, 1), status: 'FAILED', leaseGranted: true });
    expect(first).toMatchObject({ id: idOf('Say', 0), status: 'FINISHED' });
    const ids = [
      `${idOf('Say', 3)}_Attempt=2`,
      `${idOf('Say', 3)}_Attempt=9`,
      'no attempt',
      `${idOf('Say', 0)}_Attempt=1`,
    ];
    expect(await store().attempts(pipelineId, ids)).toMatchObject([
      {
        id: ids[0],
        ...aRun(pipelineId, 3),
        number: 2,
        status: 'RUNNING',
        componentId: 'Say',
        kind: 'activity',
      },
      { id: ids[3], number: 1, errorId: 'CommandFailed', scheduledStart: '2030-01-01T00:00:00Z' },
    ]);
    expect(await store().attemptsOf(pipelineId, [idOf('Say', 2)])).toMatchObject([
      { number: 1 },
      { number: 2 },
    ]);
  });

  it('knows the runs: of instances, open ones, and those canceled for a reason', async () => {
    expect(await store().runsOf(pipelineId, [idOf('Do', 2), '@none'])).toEqual(
      new Map([[idOf('Do', 2), aRun(pipelineId, 2)]]),
    );
    expect(await store().openRuns(pipelineId)).toEqual([1, 2, 3, 4].map((day) => aRun(pipelineId, day)));
    expect(await store().canceledFor(pipelineId, 'deactivated')).toEqual([
      { run: aRun(pipelineId, 2), instanceIds: [idOf('Say', 2)] },
    ]);
    expect(await store().canceledFor(pipelineId, 'another')).toEqual([]);
  });

  it('lists instances page by page', async () => {
    const first = await store().listInstances(pipelineId, { limit: 6 });
    expect(first.instances).toHaveLength(6);
    const second = await store().listInstances(pipelineId, { limit: 6, after: first.marker ?? '' });
    expect(second.marker).toBeUndefined();
    expect([...first.instances, ...second.instances].map(({ id }) => id)).toEqual(await find('INSTANCE'));
  });

  it('takes the health of a component from the last instance that ended; SKIPPED ones do not count', async () => {
    expect(await store().outcomes(pipelineId, ['Do', 'Say', 'None'])).toEqual([
      {
        componentId: 'Say',
        instanceId: idOf('Say', 2),
        status: 'CANCELED',
        changedAt: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('knows the latest and the next scheduled start', async () => {
    const at = new Date('2030-01-03T12:00:00Z');
    expect(await store().runTimes(pipelineId, at)).toEqual({
      latest: '2030-01-03T00:00:00Z',
      next: '2030-01-04T00:00:00Z',
    });
    expect(await store().runTimes(pipelineId, new Date(0), 'Say')).toEqual({ next: '2030-01-01T00:00:00Z' });
    expect(await store().runTimes(pipelineId, at, 'None')).toEqual({});
  });
});
