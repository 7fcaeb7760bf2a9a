import { heartbeat } from '@temporalio/activity';

/** Far below the heartbeat timeouts of the workflows. */
const BEAT_MS = 3_000;

/**
 * The activities, each with heartbeats for as long as it works: one whose worker was killed goes to another as soon as these stop, and
 * need not wait for the time that it may take.
 */
export function heartbeating<Activities extends Record<keyof Activities, (input: never) => Promise<unknown>>>(
  activities: Activities,
): Activities {
  const beating = Object.entries(activities).map(([name, work]) => {
    const activity = work as (input: unknown) => Promise<unknown>;
    return [
      name,
      async (input: unknown): Promise<unknown> => {
        const beats = setInterval(() => heartbeat(), BEAT_MS);
        try {
          return await activity(input);
        } finally {
          clearInterval(beats);
        }
      },
    ];
  });
  return Object.fromEntries(beating) as Activities;
}
