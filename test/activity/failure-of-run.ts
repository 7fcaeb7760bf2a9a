import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';

/** The failure of the one activity of a run. @throws when the run ended otherwise. */
export async function failureOfRun(result: Promise<unknown>): Promise<ApplicationFailure | CancelledFailure> {
  try {
    await result;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    const failure = cause instanceof ActivityFailure ? cause.cause : cause;
    if (failure instanceof ApplicationFailure || failure instanceof CancelledFailure) return failure;
    throw error;
  }
  throw new Error('expected a failure');
}
