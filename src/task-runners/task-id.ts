import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { TaskNotFound } from '../../model/errors.js';
import { parseSealingKey, seal, SealBroken, unseal } from '../../sealing/sealing.js';
import { Config } from '../config/config.js';

/** What the API has to know of a task when its runner reports: nothing of it is kept anywhere else. */
export interface HeldTask {
  /** Temporal's task token, base64. */
  readonly token: string;
  readonly workflowId: string;
  /** That it was polled from: who reports must be let to serve it. */
  readonly workerGroup: string;
  readonly pipelineId: string;
  readonly runId: string;
  readonly attemptId: string;
  readonly instanceId: string;
  readonly attempt: number;
  /** Only a precondition may be FALSE. */
  readonly isPrecondition: boolean;
  /** Temporal has given it out before (a precondition that was FALSE): the run knows that it is RUNNING. */
  readonly isRepeated: boolean;
  /** When it was given out, ISO-8601 UTC. */
  readonly startedAt: string;
  readonly hostname: string;
}

/** A purpose of its own, so that no sealed secret can be passed off as a task. */
const PURPOSE = 'taskId';
/** What a `taskId` inflates to at most: ids of pipelines and objects are in it several times, each up to 1,024 characters. */
const LARGEST_BYTES = 64 * 1024;

/**
 * `taskId`s: the task itself, sealed with the installation's key, so that any API can take a report, and nobody can make one up.
 * Some 700 characters; more than AWS's 2,048 only where ids of objects are hundreds of characters long.
 */
@Injectable()
export class TaskIds {
  #key: Buffer | undefined;

  constructor(private readonly config: Config) {}

  of(task: HeldTask): string {
    const packed = deflateRawSync(JSON.stringify(task)).toString('base64');
    return seal(packed, this.#readKey(), PURPOSE).slice(PREFIX.length, -1);
  }

  /** @throws TaskNotFound for whatever this installation has not made. */
  read(taskId: string): HeldTask {
    if (/^[A-Za-z0-9_-]+$/.test(taskId)) {
      try {
        const packed = unseal(`${PREFIX}${taskId}.`, this.#readKey(), PURPOSE);
        const bytes = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: LARGEST_BYTES });
        return JSON.parse(bytes.toString()) as HeldTask;
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
      }
    }
    throw new TaskNotFound(
      `The task with id ${taskId.length > 20 ? `${taskId.slice(0, 20)}…` : taskId} does not exist`,
    );
  }

  #readKey(): Buffer {
    this.#key ??= parseSealingKey(readFileSync(this.config.secretKeyPath, 'utf8'));
    return this.#key;
  }
}

/** How sealed texts begin; said by sealing/. */
const PREFIX = 'sealed:v1:';
