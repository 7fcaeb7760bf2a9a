/** From the moment at which many Schedules are due to the begin of the first activity of each. */
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { addedRow, percentile } from '../figures.mjs';
import { dueTogether, inBatches, newName, shell } from '../runs.mjs';

export const title = ({ due }) => `${due} schedules due in the same second`;

/** A Temporal Schedule for each, which starts a workflow of one activity. */
async function bareDue(world, schedules) {
  const due = new Date(Math.ceil((Date.now() + 10_000 + 40 * schedules) / 1000) * 1000);
  const calendar = {
    year: due.getUTCFullYear(),
    month: due.toLocaleString('en', { month: 'long', timeZone: 'UTC' }).toUpperCase(),
    dayOfMonth: due.getUTCDate(),
    hour: due.getUTCHours(),
    minute: due.getUTCMinutes(),
    second: due.getUTCSeconds(),
  };
  const made = await inBatches(schedules, async () => {
    const id = newName();
    const action = { type: 'startWorkflow', workflowType: 'chain', taskQueue: 'bare', workflowId: id };
    return {
      id,
      schedule: await world.client.schedule.create({
        scheduleId: id,
        spec: { calendars: [calendar], timezone: 'UTC' },
        action: { ...action, args: [{ id, length: 1 }] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP },
        state: { remainingActions: 1 },
      }),
    };
  });
  if (Date.now() > due.getTime()) throw new Error(`Making ${schedules} schedules took too long`);
  const runs = [];
  for (const { id } of made) runs.push(await world.ran(id, 1));
  for (const { schedule } of made) await schedule.delete();
  return { due, runs };
}

export async function measure(world, { due: schedules }) {
  const waits = ({ due, runs }) => runs.map(([first]) => first.beganMs - due.getTime());
  const bare = waits(await bareDue(world, schedules));
  const penstock = waits(await dueTogether(world, schedules, [shell(0)]));
  const bars = [0.5, 0.99].map((share) => ({
    title: `due → first activity, p${100 * share}, ms`,
    bare: percentile(bare, share),
    penstock: percentile(penstock, share),
  }));
  return {
    rows: bars.map((bar, at) =>
      addedRow(
        at === 0
          ? `due → first activity, p50, ms (${schedules} schedules in one second)`
          : 'the same, p99, ms',
        bar.bare,
        bar.penstock,
      ),
    ),
    bars,
  };
}
