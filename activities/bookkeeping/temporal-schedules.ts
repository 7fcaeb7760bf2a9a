import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { Schedule } from '../../model/schedule/schedule.js';
import { preparationMs, scheduleTicks } from '../../model/schedule/temporal-spec.js';
import {
  CONTROL_TASK_QUEUE,
  temporalScheduleId,
  type StartIntervalsInput,
} from '../../workflows/contract.js';

/** A tick that an outage has swallowed is made up for however long it lasted. */
const CATCHUP_WINDOW = '365 days';

/** Share of the preparation by which a tick may be late; the rest is for making the interval. */
const JITTER_SHARE = 2 / 3;

/** Makes, or brings up to date, the Temporal Schedule that wakes `startIntervals`, and fires it once at once. */
export async function startTemporalSchedule(
  client: Client,
  input: StartIntervalsInput,
  schedule: Schedule,
  note: string,
): Promise<void> {
  const options = optionsOf(input, schedule, note);
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await handle.update((previous) => ({
      ...previous,
      spec: options.spec,
      action: options.action,
      policies: options.policies ?? {},
      state: { paused: false, note },
    }));
  }
  await handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
}

/** Nothing starts any more until the Schedule is started again. */
export async function pauseTemporalSchedule(client: Client, scheduleId: string, note: string): Promise<void> {
  await unlessGone(() => client.schedule.getHandle(scheduleId).pause(note));
}

export async function removeTemporalSchedule(client: Client, scheduleId: string): Promise<void> {
  await unlessGone(() => client.schedule.getHandle(scheduleId).delete());
}

function optionsOf(input: StartIntervalsInput, schedule: Schedule, note: string) {
  const scheduleId = temporalScheduleId(input);
  const aheadMs = preparationMs(schedule);
  const ticks = scheduleTicks(schedule, new Date(), aheadMs);
  return {
    scheduleId,
    spec: {
      intervals: (ticks.intervals ?? []).map(({ everyMs, offsetMs }) => ({
        every: everyMs,
        offset: offsetMs,
      })),
      calendars: [...(ticks.calendars ?? [])],
      // Many Schedules of one moment do not tick in one second: the load is spread over the time ahead.
      jitter: aheadMs * JITTER_SHARE,
      ...(schedule.kind === 'recurring' ? { startAt: new Date(schedule.start.getTime() - aheadMs) } : {}),
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'startIntervals',
      workflowId: `${scheduleId}/start`,
      taskQueue: CONTROL_TASK_QUEUE,
      args: [input],
    },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: CATCHUP_WINDOW },
    state: { note },
  } satisfies ScheduleOptions;
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
