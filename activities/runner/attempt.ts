import type { Info } from '@temporalio/activity';
import type { Task, TaskObject } from '../../model/instance/task.js';
import type { AttemptStartedSignal } from '../../workflows/contract.js';
import type { AttemptLog } from '../logs/attempt-log.js';
import type { JsonLogger } from '../logs/json-logger.js';
import type { Storage } from '../storage/storage.js';
import type { Standing } from '../../temporal/standing-of.js';
import type { Guard } from './guard.js';
import type { Journal } from './journal.js';

/** What the work of an activity gets of its attempt. */
export interface Attempt {
  readonly task: Task;
  /** The object to work on: `task.objects[task.objectId]`. */
  readonly object: TaskObject;
  /** Fires on cancel, timeout, and when the runner stops. Work ends then, and may throw what it likes. */
  readonly signal: AbortSignal;
  readonly log: AttemptLog;
  /** Fresh, empty, only for this attempt; removed afterwards with all that is in it. */
  readonly workDirectory: string;
  /** Tells the journal of the process group just spawned, so that nobody's death leaves it behind. Synchronous. */
  processStarted(processGroupId: number): void;
  /** Tells the journal that no process of the attempt is left. */
  processEnded(): void;
  /** Adds facts to the heartbeats, which go out by themselves. */
  heartbeatWith(details: Readonly<Record<string, unknown>>): void;
  /**
   * Resolves when Temporal still counts on the attempt; else the attempt ends, and this rejects. To be awaited right before the work does
   * what others can see and what it could not take back: see confirm.ts. Cheap: an answer counts for some seconds.
   */
  readonly confirm: () => Promise<void>;
  /** What the last heartbeat of an earlier Temporal try of this activity said, if there was one. */
  readonly previousHeartbeat: unknown;
  /** The run that asked for the attempt. */
  readonly run: WorkflowRun | undefined;
}

/** What every work activity needs around it. */
export interface TaskDeps {
  readonly storage: Storage;
  readonly hostname: string;
  /** Folder of the runner's own state: work directories, journals. */
  readonly home: string;
  /** Folder URI for logs of objects without pipelineLogUri. */
  readonly defaultLogUri: string;
  readonly logger: JsonLogger;
  /** Absent on the control worker, whose activities are simply repeated. */
  readonly journal?: Journal;
  /** Ends commands when the runner is killed; absent where none are run. */
  readonly guard?: Guard;
  /** Tells the run that the attempt has worked for longer than a second. Best effort: does not throw. */
  readonly signalStarted?: (
    run: WorkflowRun,
    signal: AttemptStartedSignal,
    ended: AbortSignal,
  ) => Promise<void>;
  /**
   * Sends a heartbeat with these details and answers what Temporal makes of the attempt; rejects when it cannot be asked. Absent on the
   * control worker.
   */
  readonly standingOf?: (taskToken: Uint8Array, details: unknown) => Promise<Standing>;
  /** Fires when running attempts must end because the process stops. */
  readonly shutdownSignal?: AbortSignal;
  /** Temporal's context of the running activity. Default: `Context.current()`; tests give their own. */
  readonly context?: () => ActivityContext;
}

export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** The part of Temporal's activity context that is used here. */
export interface ActivityContext {
  readonly info: Pick<
    Info,
    'taskToken' | 'attempt' | 'heartbeatTimeoutMs' | 'heartbeatDetails' | 'workflowExecution'
  >;
  readonly cancellationSignal: AbortSignal;
  readonly cancellationDetails?: { readonly workerShutdown: boolean } | undefined;
  heartbeat(details?: unknown): void;
}
