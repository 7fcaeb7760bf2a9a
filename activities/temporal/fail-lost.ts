import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { FAILURE } from '../../model/instance/failure.js';
import type { CleanUpDeps } from '../runner/clean-up.js';

/** Fails activities of killed runners as RunnerLost; those that are closed already, or timed out, are left as they are. */
export function failLost(client: () => Client): CleanUpDeps['failLost'] {
  return async (taskToken, details) => {
    const failure = ApplicationFailure.create({
      type: 'RunnerLost',
      message: 'the task runner was killed while it worked on the attempt',
      nonRetryable: !FAILURE.RunnerLost.retryable,
      details: [details],
    });
    try {
      await client().activity.fail(taskToken, failure);
      return true;
    } catch (error) {
      if (!(error instanceof ActivityNotFoundError)) throw error;
      return false;
    }
  };
}
