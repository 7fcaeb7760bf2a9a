import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../model/instance/failure.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import { ATTEMPT_VARIABLE } from '../runner/attempt-marker.js';
import { STACK_TRACE_BYTES } from '../runner/describe-failure.js';
import type { SecretSources } from '../secrets/open-secret.js';
import { textOfError } from '../storage/work-failure.js';
import { openOutputCopies } from './output-copies.js';
import { programOf } from './program.js';
import { type CommandOutcome, runCommand } from './run-command.js';

export interface ShellDeps extends TaskDeps {
  /** What commands inherit of the runner's environment. */
  readonly commandEnvironment: Readonly<Record<string, string>>;
  readonly secrets: SecretSources;
}

/** Bytes of stderr's end that go into the message of a failure. */
const MESSAGE_TAIL_BYTES = 1_024;

/**
 * Runs the command or script of the attempt's object in an empty directory, with `variables` added to the environment,
 * and copies its output to the log and to the fields `stdout` and `stderr`.
 */
export async function runShellCommand(
  deps: ShellDeps,
  attempt: Attempt,
  variables: Readonly<Record<string, string>>,
): Promise<CommandOutcome> {
  const directory = join(attempt.workDirectory, 'cwd');
  await mkdir(directory);
  const program = await programOf(attempt, deps.storage, deps.secrets);
  const copies = await openOutputCopies(attempt);
  try {
    await attempt.confirm();
    const outcome = await runCommand({
      ...program,
      directory,
      environment: { ...deps.commandEnvironment, ...identityOf(attempt), ...variables },
      signal: attempt.signal,
      onOutput: async (name, chunk) => {
        attempt.log.output(name, chunk);
        await copies.take(name, chunk);
      },
      onSpawn(processGroupId) {
        attempt.processStarted(processGroupId);
        // Should the runner have been stopped just between the two: the command ends within a moment, if it must.
        attempt.confirm().catch(() => undefined); // the signal ends it
      },
    });
    attempt.processEnded();
    attempt.log.line(describeOutcome(outcome));
    await publishCopies(deps, attempt, outcome, () => copies.publish(deps.storage));
    return outcome;
  } finally {
    await copies.close();
  }
}

// An extension: what a script needs to be idempotent, or to write a sensible log line.
function identityOf({ task }: Attempt): Record<string, string> {
  return {
    PENSTOCK_PIPELINE_ID: task.pipelineId,
    PENSTOCK_INSTANCE_ID: task.instanceId,
    [ATTEMPT_VARIABLE]: task.attemptId,
  };
}

// The copies are asked for: work that was done without them is not done. A failed command keeps its own failure.
async function publishCopies(
  deps: ShellDeps,
  attempt: Attempt,
  outcome: CommandOutcome,
  publish: () => Promise<void>,
): Promise<void> {
  try {
    await publish();
  } catch (error) {
    if (outcome.exitStatus === 0) throw error;
    attempt.log.line(`the output could not be copied: ${textOfError(error)}`);
    deps.logger.warn('the output of a failed command could not be copied', {
      attemptId: attempt.task.attemptId,
      error,
    });
  }
}

/** The outcome in words. */
export function describeOutcome(outcome: CommandOutcome): string {
  if (outcome.signal === undefined) return `the command ended with exit status ${outcome.exitStatus}`;
  const hint = outcome.signal === 'SIGKILL' ? ' (often the kernel, for want of memory)' : '';
  return `the command was ended by ${outcome.signal}${hint}`;
}

/** The failure of a command: its outcome and the end of its stderr. */
export function commandFailure(type: FailureType, attempt: Attempt, outcome: CommandOutcome): Error {
  const tail = attempt.log.outputTail('stderr', MESSAGE_TAIL_BYTES).trim();
  const stack = attempt.log.outputTail('stderr', STACK_TRACE_BYTES);
  return ApplicationFailure.create({
    type,
    message: tail === '' ? describeOutcome(outcome) : `${describeOutcome(outcome)}: ${tail}`,
    nonRetryable: type !== 'NotYet',
    details: stack === '' ? [] : [{ errorStackTrace: stack }],
  });
}
