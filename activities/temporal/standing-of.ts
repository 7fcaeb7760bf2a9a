import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client';
import type { TaskDeps } from '../runner/attempt.js';

/** Sends a heartbeat and answers what Temporal says to it. @throws when it says nothing. */
export function standingOf(client: () => Client): NonNullable<TaskDeps['standingOf']> {
  return async (taskToken, details) => {
    try {
      await client().activity.heartbeat(taskToken, details);
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
  };
}
