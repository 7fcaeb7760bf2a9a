import type {
  ChaosActivity,
  ChaosCondition,
  ChaosDataNode,
  ChaosPipeline,
  ChaosPrecondition,
  ChaosSchedule,
  Deed,
  ScheduleType,
} from './chaos-pipeline.js';
import { diceOf, type Dice } from './dice.js';

export interface Size {
  readonly activities: readonly [least: number, most: number];
  /** Intervals of the finer schedule. */
  readonly intervals: readonly [least: number, most: number];
  readonly periodSeconds: readonly number[];
}

/** A pipeline by chance, whose first intervals lie before `nowSeconds` and whose last ones are due soon after. */
export function generatePipeline(seed: number, name: string, nowSeconds: number, size: Size): ChaosPipeline {
  const dice = diceOf(seed, `pipeline ${name}`);
  const schedules = generateSchedules(dice, nowSeconds, size);
  const mixed = dice.chance(0.5);
  const usual = dice.pick(['cron', 'timeseries'] as const);
  const cascades = dice.chance(0.6);
  const limits = dice.chance(0.6);
  const activities: ChaosActivity[] = [];
  const dataNodes: ChaosDataNode[] = [];
  const preconditions: ChaosPrecondition[] = [];

  const scheduled = () => ({
    schedule: dice.chance(0.75) ? 'Fine' : 'Coarse',
    scheduleType: (mixed ? dice.pick(['cron', 'timeseries'] as const) : usual) satisfies ScheduleType,
    // Mostly one mode for all, as Default gives it; now and then an object has its own.
    cascade: dice.chance(0.85) ? cascades : !cascades,
  });

  const sources = dice.int(0, 2);
  for (let at = 0; at < sources; at++) {
    const exists = dice.chance(0.6) ? { exists: { madeAfterSeconds: dice.int(0, 12) } } : {};
    dataNodes.push({ id: `Source${at}`, ...scheduled(), ...exists });
  }
  const count = dice.int(...size.activities);
  for (let at = 0; at < count; at++) {
    const id = `A${at}`;
    const when = scheduled();
    const dependsOn = dice.some(
      activities.map((each) => each.id),
      at === 0 ? 0 : 3,
    );
    const input = dice.some(
      dataNodes.map((each) => each.id),
      2,
    );
    const output = dice.chance(0.25) ? `Out${at}` : undefined;
    const intervals = schedules.find((each) => each.id === when.schedule)?.occurrences ?? 0;
    const hangs = dice.chance(0.1);
    const condition = generateCondition(dice, dependsOn, input);
    activities.push({
      id,
      ...when,
      dependsOn,
      input,
      ...(output === undefined ? {} : { output }),
      maximumRetries: dice.int(0, 2),
      retryDelaySeconds: dice.int(1, 3),
      ...(limits && dice.chance(0.5) ? { maxActiveInstances: dice.int(1, 3) } : {}),
      workSeconds: hangs ? 0 : dice.int(0, 30) / 10,
      ...(hangs ? { attemptTimeoutSeconds: 5 } : {}),
      ...(condition === undefined ? {} : { condition }),
      deeds: Array.from({ length: intervals }, () => generateDeeds(dice, hangs)),
    });
    if (output !== undefined) {
      const exists = dice.chance(0.5) ? { exists: { madeAfterSeconds: 0 } } : {};
      dataNodes.push({ id: output, ...when, producer: id, ...exists });
    }
  }
  for (const { id, cascade } of [...activities, ...dataNodes]) {
    // A data node needs a neighbour on whose runner its check runs.
    const checked = activities.some(
      (each) => each.id === id || each.input.includes(id) || each.output === id,
    );
    if (!checked || !dice.chance(0.25)) continue;
    const holdsAtCheck = dice.chance(0.15) ? ('never' as const) : dice.int(1, 4);
    preconditions.push({ id: `P${id}`, node: id, cascade, holdsAtCheck });
  }
  const nodes = dataNodes.map((node) => withoutLonelyExists(node, activities));
  const alarmed = [...activities, ...nodes].map((each) => each.id);
  return {
    name,
    schedules,
    activities,
    dataNodes: nodes,
    preconditions,
    alarms: {
      onSuccess: alarmed.filter(() => dice.chance(0.3)),
      onFail: alarmed.filter(() => dice.chance(0.5)),
    },
  };
}

function withoutLonelyExists(node: ChaosDataNode, activities: readonly ChaosActivity[]): ChaosDataNode {
  if (activities.some((each) => each.input.includes(node.id) || each.output === node.id)) return node;
  const { exists: _lonely, ...rest } = node;
  return rest;
}

/** A coarse schedule over a fine one, of which it takes up several intervals. */
function generateSchedules(dice: Dice, nowSeconds: number, size: Size): ChaosSchedule[] {
  const periodSeconds = dice.pick(size.periodSeconds);
  const each = dice.int(2, 4);
  const coarse = Math.max(1, Math.round(dice.int(...size.intervals) / each));
  const fine = coarse * each;
  const behind = Math.ceil(fine * (dice.int(50, 80) / 100));
  const startSeconds = nowSeconds - behind * periodSeconds + dice.int(0, 5);
  return [
    { id: 'Fine', startSeconds, periodSeconds, occurrences: fine },
    { id: 'Coarse', startSeconds, periodSeconds: periodSeconds * each, occurrences: coarse },
  ];
}

function generateDeeds(dice: Dice, hangs: boolean): Deed[] {
  if (!dice.chance(0.25)) return [];
  const bad: Deed = hangs ? 'hang' : 'fail';
  return [...Array.from({ length: dice.int(1, 3) }, () => bad), 'ok'];
}

function generateCondition(
  dice: Dice,
  dependsOn: readonly string[],
  input: readonly string[],
): ChaosCondition | undefined {
  const all = [...dependsOn, ...input];
  if (all.length === 0 || !dice.chance(0.3)) return undefined;
  const kind = dice.pick(['always', 'succeeded', 'failed', 'failed', 'skipped', 'notFailed'] as const);
  if (kind === 'always' || kind === 'notFailed' || dice.chance(0.5)) return { kind };
  return { kind, of: dice.pick(all) };
}
