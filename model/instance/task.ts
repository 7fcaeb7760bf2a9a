import type { HasFields } from '../definition/component.js';

/**
 * One attempt's worth of work, as a worker gets it: AWS's taskObject (api.md 2.3) without the wire's key/value form.
 * Everything a worker needs is inside; it asks nobody. Secrets (`*` fields) are still sealed.
 */
export interface Task {
  readonly pipelineId: string;
  readonly pipelineName: string;
  /** `@<objectId>_<interval start>`; for preconditions and actions `@<objectId>_<nodeId>_<interval start>`. */
  readonly instanceId: string;
  /** `<instanceId>_Attempt=<n>`. */
  readonly attemptId: string;
  readonly attempt: number;
  /** The object to work on, a key of `objects`. */
  readonly objectId: string;
  /** For preconditions and actions: the object they are evaluated for, a key of `objects`. */
  readonly nodeId?: string;
  /** For actions: what is known of that object when the action begins. */
  readonly actionNode?: ActionNode;
  /** The object and all that it refers to (data nodes, formats, databases…), expressions evaluated, inheritance applied. */
  readonly objects: Readonly<Record<string, TaskObject>>;
  /** Start and end of the interval, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly scheduledStartTime: string;
  readonly scheduledEndTime: string;
  /** attemptTimeout: the worker ends the attempt when it is over, and says so when nothing of it is left. */
  readonly attemptTimeoutMs?: number;
}

/** The instance that an action fired for. */
export interface ActionNode {
  readonly instanceId: string;
  readonly name: string;
  readonly type: string;
  /** As on the wire: FAILED, FINISHED, or where it is when it is late. */
  readonly status: string;
  /** Attempts made. */
  readonly attempt: number;
  readonly errorId?: string;
  readonly errorMessage?: string;
}

export interface TaskObject extends HasFields {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** What a worker reports of an attempt that FINISHED. Instants are ISO-8601 UTC. */
export interface TaskResult {
  readonly startedAt: string;
  readonly hostname: string;
  /** Where the attempt's log files are: a folder URI ending in `/`. */
  readonly logLocation?: string;
}

/** First detail of every `ApplicationFailure` of a work activity: what is known of an attempt that FAILED. */
export interface TaskFailureDetails {
  readonly startedAt: string;
  readonly hostname: string;
  readonly logLocation?: string;
  /** Tail of stderr, or a stack trace; at most 4 KiB. */
  readonly errorStackTrace?: string;
}
