import { ApplicationFailure } from '@temporalio/common';
import { FAILURE, type FailureType } from '../../model/instance/failure.js';

/**
 * The failure of a work activity, of a type from FAILURE and retryable as it says.
 * `message` becomes the errorMessage of the attempt: no secret may be in it.
 */
export function workFailure(type: FailureType, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: !FAILURE[type].retryable });
}

/** True for a failure made by `workFailure` (or by anybody of the same type): it needs no further wrapping. */
export function isWorkFailure(error: unknown): error is ApplicationFailure {
  return (
    error instanceof ApplicationFailure &&
    typeof error.type === 'string' &&
    Object.hasOwn(FAILURE, error.type)
  );
}

/** Longest part of a user's value that a message quotes. */
const QUOTED_LENGTH = 200;

/** `value` in double quotes, cut to 200 characters, for messages. */
export function quoted(value: string): string {
  return value.length <= QUOTED_LENGTH
    ? JSON.stringify(value)
    : `${JSON.stringify(value.slice(0, QUOTED_LENGTH))}…`;
}

/** The text of anything that was thrown. */
export function textOfError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(textOfError).join('; ');
  return error instanceof Error ? error.message : String(error);
}
