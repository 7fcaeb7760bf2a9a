import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client';

/** What Temporal makes of an attempt: it counts on it, wants it to end, or has closed it and perhaps begun the next one. */
export type Standing = 'open' | 'ending' | 'closed';

/** Sends a heartbeat and answers what Temporal says to it. @throws when it says nothing. */
export async function standingOf(client: Client, taskToken: Uint8Array, details: unknown): Promise<Standing> {
  try {
    await client.activity.heartbeat(taskToken, details);
    return 'open';
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return 'closed';
    const isEnding =
      error instanceof ActivityCancelledError ||
      error instanceof ActivityPausedError ||
      error instanceof ActivityResetError;
    if (!isEnding) throw error;
    return 'ending';
  }
}
