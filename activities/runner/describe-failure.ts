import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { FAILURE } from '../../model/instance/failure.js';
import type { TaskFailureDetails } from '../../model/instance/task.js';
import { isWorkFailure, textOfError } from '../storage/work-failure.js';

/** Bytes of a stack trace or of stderr that go with a failure; see TaskFailureDetails. */
export const STACK_TRACE_BYTES = 4 * 1024;

/**
 * The failure to report for whatever the work threw: its first detail tells when, where and with what log.
 * What is no failure of FAILURE (a full disk, a defect of ours) becomes RunnerFailed with its stack.
 */
export function describeFailure(
  error: unknown,
  facts: TaskFailureDetails,
): ApplicationFailure | CancelledFailure {
  if (error instanceof CancelledFailure) return error;
  if (isWorkFailure(error)) {
    const [first, ...rest] = error.details ?? [];
    return failure(error.type ?? 'RunnerFailed', error.message, error.nonRetryable ?? true, [
      { ...facts, ...(typeof first === 'object' ? first : {}) },
      ...rest,
    ]);
  }
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return failure('RunnerFailed', textOfError(error), !FAILURE.RunnerFailed.retryable, [
    { ...facts, errorStackTrace: stack.slice(0, STACK_TRACE_BYTES) },
  ]);
}

/** True for the answer of a precondition that does not hold yet. */
export function isNotYet(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'NotYet';
}

function failure(
  type: string,
  message: string,
  nonRetryable: boolean,
  details: unknown[],
): ApplicationFailure {
  // "Not yet" is an answer, not an incident: the SDK does not log it.
  const category = type === 'NotYet' ? ApplicationFailureCategory.BENIGN : undefined;
  return ApplicationFailure.create({ type, message, nonRetryable, details, ...(category && { category }) });
}
