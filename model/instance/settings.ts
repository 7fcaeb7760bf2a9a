import { textOf, type Component } from '../definition/component.js';
import { evaluateText } from '../expression/evaluate.js';
import { ExpressionError } from '../expression/errors.js';
import type { EvaluationContext } from '../expression/context.js';
import { parsePeriod, periodToMs } from '../schedule/period.js';

/** How an instance is tried, timed and related to failures: evaluated once per run, from its component's fields. */
export interface Settings {
  /** Attempts after the first. Default 2. Source: semantics.md 7.1. */
  readonly maximumRetries: number;
  /** Pause between two attempts, or between two checks of a precondition. */
  readonly retryDelayMs: number;
  /** Longest time of one attempt; absent = no limit. */
  readonly attemptTimeoutMs?: number;
  /** Longest silence of a worker. Default 15 minutes. */
  readonly reportProgressTimeoutMs: number;
  /** From scheduled start; absent = never late. */
  readonly lateAfterMs?: number;
  /** Preconditions: from the first check; absent = checked until true. */
  readonly preconditionTimeoutMs?: number;
  /** Resources: longest time until it is up; absent = no limit. */
  readonly initTimeoutMs?: number;
  /** Resources: lifetime after which it becomes TIMEDOUT. */
  readonly terminateAfterMs?: number;
  /** failureAndRerunMode `cascade`. */
  readonly cascade: boolean;
  /** Resources: tasks are tried again when the resource fails. Our choice where AWS states no default: they are. */
  readonly retryTasksOnResourceFailure: boolean;
  /** Resources: stop it when a task on it fails for good. */
  readonly stopOnTaskFailure: boolean;
}

const MINUTE_MS = 60_000;

/** Poll interval of a precondition without `retryDelay`. AWS does not document its own. Our choice: a minute. */
const PRECONDITION_POLL_MS = MINUTE_MS;
/** Source: semantics.md 7.1 (old edition of the guide). */
const RETRY_DELAY_MS = 10 * MINUTE_MS;
const MAXIMUM_RETRIES = 2;
const REPORT_PROGRESS_TIMEOUT_MS = 15 * MINUTE_MS;

/** Reads the settings of `component`. @throws ExpressionError, PeriodError or Error quoting the value. */
export function settingsOf(component: Component, kind: string, context: EvaluationContext): Settings {
  const text = (field: string): string | undefined => {
    const raw = textOf(component, field);
    return raw === undefined ? undefined : evaluateStatic(raw, component.id, field, context);
  };
  const periodMs = (field: string): number | undefined => {
    const value = text(field);
    return value === undefined ? undefined : periodToMs(parsePeriod(value));
  };
  const attemptTimeoutMs = periodMs('attemptTimeout');
  // Being late means nothing for a pipeline that runs on demand. Source: semantics.md 4.4.
  const lateAfterMs =
    text('scheduleType')?.toLowerCase() === 'ondemand' ? undefined : periodMs('lateAfterTimeout');
  const preconditionTimeoutMs = periodMs('preconditionTimeout');
  const terminateAfterMs = periodMs('terminateAfter');
  const initTimeoutMs = kind === 'resource' ? periodMs('initTimeout') : undefined;
  return {
    maximumRetries: wholeNumber(text('maximumRetries'), component.id, 'maximumRetries') ?? MAXIMUM_RETRIES,
    retryDelayMs: periodMs('retryDelay') ?? (kind === 'precondition' ? PRECONDITION_POLL_MS : RETRY_DELAY_MS),
    reportProgressTimeoutMs: periodMs('reportProgressTimeout') ?? REPORT_PROGRESS_TIMEOUT_MS,
    cascade: text('failureAndRerunMode')?.toLowerCase() === 'cascade',
    retryTasksOnResourceFailure: text('actionOnResourceFailure')?.toLowerCase() !== 'retrynone',
    stopOnTaskFailure: text('actionOnTaskFailure')?.toLowerCase() === 'terminate',
    ...(attemptTimeoutMs === undefined ? {} : { attemptTimeoutMs }),
    ...(lateAfterMs === undefined ? {} : { lateAfterMs }),
    ...(preconditionTimeoutMs === undefined ? {} : { preconditionTimeoutMs }),
    ...(initTimeoutMs === undefined ? {} : { initTimeoutMs }),
    ...(terminateAfterMs === undefined ? {} : { terminateAfterMs }),
  };
}

/** The first value of a text, evaluated before there is a run. @throws ExpressionError naming object and field. */
export function evaluateStatic(
  raw: string,
  objectId: string,
  field: string,
  context: EvaluationContext,
): string | undefined {
  try {
    return evaluateText(raw, context)[0];
  } catch (error) {
    throw error instanceof ExpressionError ? error.in(objectId, field) : error;
  }
}

/** A whole number in text, or undefined when there is none. @throws when it is anything else. */
export function wholeNumber(text: string | undefined, objectId: string, field: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\s*\d{1,9}\s*$/.test(text)) {
    throw new Error(`Object "${objectId}": ${field} "${text}" is not a whole number`);
  }
  return Number(text);
}
