import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../definition/definition-file.js';
import { intervalAt } from '../schedule/schedule.js';
import { compilePipeline } from './compile.js';
import type { RunEvent } from './events.js';
import { IntervalRun } from './interval-run.js';
import { planInterval, type IntervalPlan } from './plan.js';

const AT = '_2026-01-05T00:00:00';
const OBJECTS = [
  {
    id: 'Default',
    scheduleType: 'cron',
    schedule: { ref: 'Night' },
    workerGroup: 'wg',
    retryDelay: '1 hour',
  },
  {
    id: 'Night',
    type: 'Schedule',
    period: '1 day',
    startDateTime: '2026-01-05T00:00:00',
    runWindow: '22:00-06:00',
    blackout: '2026-01-05T22:00:00/2026-01-05T23:00:00',
  },
];
const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});
const time = (text: string): Date => new Date(`2026-01-${text}:00Z`);

function planOf(
  objects: readonly object[],
  defaults: object = {},
  startDateTime = '2026-01-05T00:00:00',
): { run: IntervalRun; plan: IntervalPlan } {
  const [first, schedule] = OBJECTS;
  const { definition, problems } = readDefinitionFile(
    JSON.stringify({ objects: [{ ...first, ...defaults }, { ...schedule, startDateTime }, ...objects] }),
  );
  expect(problems).toEqual([]);
  const pipeline = compilePipeline({
    pipelineId: 'df-1',
    pipelineName: 'p',
    definitionVersion: 1,
    activation: 1,
    definition,
    firstActivationTime: '2026-01-05T00:00:00Z',
  });
  const night = pipeline.schedules.get('Night');
  const interval = night === undefined ? undefined : intervalAt(night, 0);
  if (interval === undefined) throw new Error('no interval');
  const plan = planInterval(pipeline, 'Night', interval);
  return { run: new IntervalRun(plan, pipeline, []), plan };
}

/** A run whose clock is moved by hand; what it wants to be told is told when the clock comes there. */
class Night {
  readonly started: string[] = [];
  readonly timers: { at: Date; event: RunEvent }[] = [];
  #now: Date;

  constructor(
    readonly run: IntervalRun,
    start: string,
  ) {
    this.#now = time(start);
    this.#take(run.start(this.#now));
  }

  #take(actions: ReturnType<IntervalRun['start']>): void {
    for (const action of actions) {
      if (action.kind === 'startAttempt')
        this.started.push(
          `${action.instanceId.slice(1).replace(AT, '')} ${this.#now.toISOString().slice(8, 16)}`,
        );
      if (action.kind === 'tellAt') this.timers.push(action);
    }
  }

  /** Tells everything that is due until `text`. */
  until(text: string): this {
    for (;;) {
      this.timers.sort((a, b) => a.at.getTime() - b.at.getTime());
      const [next] = this.timers;
      if (next === undefined || next.at > time(text)) break;
      this.timers.shift();
      if (next.at > this.#now) this.#now = next.at;
      this.#take(this.run.on(next.event, this.#now));
    }
    this.#now = time(text);
    return this;
  }

  tell(event: RunEvent): this {
    this.#take(this.run.on(event, this.#now));
    return this;
  }

  ended(name: string, kind: 'finished' | 'failed'): this {
    const instanceId = `@${name}${AT}`;
    const attempt = this.run.find(instanceId)?.record.attemptCount ?? 0;
    const startedAt = this.#now.toISOString();
    return this.tell({
      kind: 'attemptEnded',
      instanceId,
      attempt,
      outcome:
        kind === 'finished'
          ? { kind, result: { startedAt, hostname: 'h' } }
          : { kind, failure: { errorId: 'CommandFailed', errorMessage: 'exit 1' } },
    });
  }

  status(name: string): string | undefined {
    return this.run.find(`@${name}${AT}`)?.record.status;
  }
}

const night = (objects: readonly object[], start: string): Night => new Night(planOf(objects).run, start);

describe('hours in the plan', () => {
  it.each([
    ['cron', '2026-01-05T00:00:00.000Z'],
    ['timeseries', '2026-01-06T00:00:00.000Z'],
  ])('%s: what is due when it is open begins then, at %s', (scheduleType, due) => {
    expect(planOf([shell('A')], { scheduleType }).plan.instances[0]?.dueAt.toISOString()).toBe(due);
  });

  it('put off activities alone, not their preconditions, data nodes and resources', () => {
    const objects = [
      { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
      { id: 'Data', type: 'S3DataNode', filePath: 's3://b/k' },
      { id: 'Machine', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
      shell('A', { input: { ref: 'Data' }, precondition: { ref: 'There' }, runsOn: { ref: 'Machine' } }),
    ];
    const { plan } = planOf(objects, {}, '2026-01-05T12:00:00');
    const due = Object.fromEntries(
      plan.instances.map(({ componentId, dueAt }) => [componentId, dueAt.toISOString().slice(11, 16)]),
    );
    expect(due).toEqual({ Data: '12:00', Machine: '12:00', There: '12:00', A: '23:00' });
  });
});

describe('hours in a run', () => {
  it('an activity that could begin outside them begins at the opening, and is WAITING_ON_DEPENDENCIES until then', () => {
    const it = night(
      [shell('A'), shell('B', { dependsOn: { ref: 'A' } }), shell('C', { dependsOn: { ref: 'A' } })],
      '05T05:30',
    );
    it.until('05T07:00').ended('A', 'finished');
    expect([it.status('B'), it.status('C')]).toEqual(['WAITING_ON_DEPENDENCIES', 'WAITING_ON_DEPENDENCIES']);
    it.until('05T22:59');
    expect(it.started).toEqual(['A 05T05:30']);
    it.until('06T00:00');
    expect(it.started).toEqual(['A 05T05:30', 'B 05T23:00', 'C 05T23:00']);
    expect(it.timers).toEqual([]);
  });

  it('a retry that comes outside them begins at the opening', () => {
    const it = night([shell('A')], '05T05:30')
      .until('05T05:45')
      .ended('A', 'failed')
      .until('05T22:00');
    expect(it.status('A')).toBe('WAITING_FOR_RUNNER');
    it.until('06T00:00');
    expect(it.started).toEqual(['A 05T05:30', 'A 05T23:00']);
    it.ended('A', 'failed').until('06T01:00');
    expect(it.started.at(-1)).toBe('A 06T01:00');
  });

  it('an activity waits in them too when its resource comes up late, though that is launched before', () => {
    const objects = [
      { id: 'R', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
      shell('A', { runsOn: { ref: 'R' } }),
    ];
    const it = night(objects, '05T05:59').until('05T06:01');
    expect(it.started).toEqual(['R 05T05:59']);
    it.tell({
      kind: 'resourceReady',
      instanceId: `@R${AT}`,
      attempt: 1,
      readyAt: '2026-01-05T06:01:00Z',
      resourceId: 'i',
    });
    expect(it.until('05T22:59').started).toEqual(['R 05T05:59']);
    expect(it.until('05T23:00').started).toEqual(['R 05T05:59', 'A 05T23:00']);
  });

  it('a rerun waits for the opening, once; a cancelled activity does not begin at it', () => {
    const rerun = { kind: 'operator', command: 'RERUN', instanceIds: [`@A${AT}`] } as const;
    const it = night([shell('A')], '05T05:30')
      .ended('A', 'finished')
      .until('05T08:00')
      .tell(rerun);
    expect(it.status('A')).toBe('WAITING_ON_DEPENDENCIES');
    it.tell({ ...rerun, command: 'CANCEL' })
      .tell(rerun)
      .until('06T00:00');
    expect(it.started).toEqual(['A 05T05:30', 'A 05T23:00']);
    const gone = night([shell('A')], '05T07:00')
      .tell({ ...rerun, command: 'CANCEL' })
      .until('06T02:00');
    expect(gone.started).toEqual([]);
  });

  it('preconditions are checked at any time', () => {
    const it = night(
      [
        { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
        shell('A', { precondition: { ref: 'There' } }),
      ],
      '05T12:00',
    ).until('05T12:01');
    expect(it.started).toEqual(['There_A 05T12:00']);
    it.ended('There_A', 'finished').until('06T00:00');
    expect(it.started.at(-1)).toBe('A 05T23:00');
  });
});
