import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { RetryState, TimeoutType } from '@temporalio/common';
import { ExpressionError } from '../model/expression/errors.js';
import type { AttemptFailure, AttemptOutcome } from '../model/instance/events.js';
import type { TaskFailureDetails } from '../model/instance/task.js';

/** What the end of an activity by an error means for its attempt. @throws what is no failure of an activity. */
export function outcomeOfError(error: unknown): AttemptOutcome {
  if (isCancellation(error)) return { kind: 'canceled' };
  if (error instanceof ExpressionError) {
    return {
      kind: 'failed',
      failure: { errorId: 'InvalidExpression', errorMessage: error.message, final: true },
    };
  }
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  if (cause instanceof TimeoutFailure) {
    // A check that gets no answer is cut off by the server as too long when preconditionTimeout passes.
    const gaveUp = error.retryState === RetryState.TIMEOUT;
    return { kind: 'failed', failure: gaveUp ? PRECONDITION_UNANSWERED : timeoutOf(cause) };
  }
  if (cause instanceof ApplicationFailure) {
    const details = (cause.details?.[0] ?? {}) as Partial<TaskFailureDetails>;
    const gaveUp = cause.type === 'NotYet' || error.retryState === RetryState.TIMEOUT;
    const failure: AttemptFailure = {
      errorId: gaveUp ? 'PreconditionTimeout' : (cause.type ?? 'Failed'),
      errorMessage: gaveUp ? `preconditionTimeout has passed: ${cause.message}` : cause.message,
      ...(gaveUp ? { final: true } : {}),
      ...(details.errorStackTrace === undefined ? {} : { errorStackTrace: details.errorStackTrace }),
      ...(details.hostname === undefined ? {} : { hostname: details.hostname }),
      ...(details.logLocation === undefined ? {} : { logLocation: details.logLocation }),
      ...(details.startedAt === undefined ? {} : { startedAt: details.startedAt }),
    };
    return { kind: 'failed', failure };
  }
  return { kind: 'failed', failure: { errorId: 'Failed', errorMessage: cause?.message ?? error.message } };
}

const PRECONDITION_UNANSWERED: AttemptFailure = {
  errorId: 'PreconditionTimeout',
  errorMessage: 'preconditionTimeout has passed without an answer',
  final: true,
};

function timeoutOf(timeout: TimeoutFailure): AttemptFailure {
  switch (timeout.timeoutType) {
    case TimeoutType.HEARTBEAT:
      return {
        errorId: 'ReportProgressTimeout',
        errorMessage: 'The worker reported no progress within reportProgressTimeout: it is taken as lost',
      };
    case TimeoutType.SCHEDULE_TO_CLOSE:
    case TimeoutType.SCHEDULE_TO_START: // the server's, when nobody has taken it before it must be over
      return PRECONDITION_UNANSWERED;
    default:
      return { errorId: 'AttemptTimeout', errorMessage: 'The attempt took longer than attemptTimeout' };
  }
}
