import { Injectable } from '@nestjs/common';
import type { Component } from '../../model/definition/component.js';
import { resolveComponents } from '../../model/definition/inheritance.js';
import { resolveParameters } from '../../model/definition/parameters.js';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { ApiError } from '../../model/errors.js';
import { ExpressionError } from '../../model/expression/errors.js';
import { evaluateText } from '../../model/expression/evaluate.js';
import type { WaitingComponent } from '../store/instance-counts.js';
import { PostgresLedger } from '../store/postgres-ledger.js';

/** How many instances of a worker group wait for a runner, and since when the first of them does. */
export interface Queue {
  readonly instances: number;
  /** ISO-8601 UTC. */
  readonly since: string;
}

/** Label of what waits for the runner of its own machine. */
export const OF_RESOURCE = '(resource)';
/** Label of a group that only its run knows. */
export const BY_EXPRESSION = '(by expression)';
/** Label of all groups beyond the first so many. */
export const OTHERS = '(others)';
/** Worker groups that are told apart. */
const MOST_GROUPS = 200;
/** Definitions whose groups are kept; they never change. */
const MOST_KEPT = 1000;

/** Finds the worker groups of what waits: the ledger knows the component, the definition its group. */
@Injectable()
export class QueueGroups {
  readonly #kept = new Map<string, ReadonlyMap<string, string>>();

  constructor(private readonly ledger: PostgresLedger) {}

  /** The queues by worker group, the longest wait first. */
  async of(waiting: readonly WaitingComponent[]): Promise<ReadonlyMap<string, Queue>> {
    const oldestFirst = waiting.toSorted((a, b) => (a.since < b.since ? -1 : 1));
    const queues = new Map<string, Queue>();
    for (const { pipelineId, definitionVersion, componentId, since, instances } of oldestFirst) {
      const groups = await this.#groupsOf(pipelineId, definitionVersion);
      const found = groups?.get(componentId);
      if (found === undefined) continue; // deleted meanwhile
      const group = queues.has(found) || queues.size < MOST_GROUPS ? found : OTHERS;
      const queue = queues.get(group);
      queues.set(group, { since: queue?.since ?? since, instances: (queue?.instances ?? 0) + instances });
    }
    return queues;
  }

  async #groupsOf(pipelineId: string, version: number): Promise<ReadonlyMap<string, string> | undefined> {
    const key = `${pipelineId}@${version}`;
    let groups = this.#kept.get(key);
    if (groups === undefined) {
      const definition = await this.#definition(pipelineId, version);
      if (definition === undefined) return undefined;
      const { components } = resolveComponents(definition);
      const parameters = resolveParameters(definition).values;
      const context = { pipelineId, components, parameters, runtime: () => ({}) };
      groups = new Map(
        [...components].map(([id, component]) => [
          id,
          groupOf(component, (text) => evaluateText(text, { ...context, self: id }).join(',')),
        ]),
      );
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined && this.#kept.size >= MOST_KEPT) this.#kept.delete(oldest);
      this.#kept.set(key, groups);
    }
    return groups;
  }

  /** Undefined when the pipeline is gone: what waits of it is about to go too. */
  async #definition(pipelineId: string, version: number): Promise<PipelineDefinition | undefined> {
    try {
      return (await this.ledger.readDefinition(pipelineId, version)).definition;
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }
}

function groupOf({ fields }: Component, evaluate: (text: string) => string): string {
  const [group] = fields['workerGroup'] ?? [];
  if (typeof group !== 'string' || group === '') return fields['runsOn'] === undefined ? '' : OF_RESOURCE;
  try {
    return evaluate(group);
  } catch (error) {
    if (error instanceof ExpressionError) return BY_EXPRESSION;
    throw error;
  }
}
