/**
 * Why an attempt failed: the `type` of the ApplicationFailure that a work activity throws, and the `errorId` of the
 * attempt. Decide by this type, never by the text. All are non-retryable for Temporal: the retries that a user asked
 * for (maximumRetries, retryDelay) are the workflow's, each a visible attempt. The exceptions are those that
 * the server may repeat by itself: `NotYet`, `RunnerLost` and `ReceiverUnavailable`.
 */
export const FAILURE = {
  /** A precondition that does not hold yet. Temporal's server repeats it at the poll interval. */
  NotYet: { retryable: true },
  /** Exit status other than 0. */
  CommandFailed: { retryable: false },
  /** Ended by a signal that was not ours. */
  CommandKilled: { retryable: false },
  /** A field of the task cannot be used as it is (bad URI, unknown driver, missing path). */
  InvalidField: { retryable: false },
  SourceNotFound: { retryable: false },
  AccessDenied: { retryable: false },
  ConnectionFailed: { retryable: false },
  SqlFailed: { retryable: false },
  /** A record that cannot be read or does not fit its target. */
  BadRecord: { retryable: false },
  /** A sealed field cannot be opened here (no key, wrong key, `env:` or `file:` not there). */
  SecretUnavailable: { retryable: false },
  /**
   * The runner was killed, or stopped, while it worked on the attempt. Retryable, so that Temporal's server goes on
   * asking a precondition; an attempt of an activity has one try only, so for it nothing changes.
   */
  RunnerLost: { retryable: true },
  /** The runner itself could not do its part: a full disk, no process left, a defect of ours. */
  RunnerFailed: { retryable: false },
  /** Longer than attemptTimeout. */
  AttemptTimeout: { retryable: false },
  /** The resource's process ended by itself, or could not be started. */
  ResourceLost: { retryable: false },
  NotificationFailed: { retryable: false },
  /** Whoever takes notifications (SNS, the mail server, a webhook) was away or busy: the server sends it again. */
  ReceiverUnavailable: { retryable: true },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type FailureType = keyof typeof FAILURE;
