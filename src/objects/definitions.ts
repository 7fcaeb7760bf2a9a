import { Injectable } from '@nestjs/common';
import type { Component } from '../../model/definition/component.js';
import { resolveComponents } from '../../model/definition/inheritance.js';
import { resolveParameters } from '../../model/definition/parameters.js';
import type { PipelineDefinition, PipelineObject } from '../../model/definition/pipeline-definition.js';
import { maskSecrets } from '../../model/definition/secrets.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PostgresLedger } from '../store/postgres-ledger.js';

/** A definition as its readers may see it: secrets masked, inheritance and parameters resolved. */
export interface ReadableDefinition {
  readonly objects: ReadonlyMap<string, PipelineObject>;
  readonly components: ReadonlyMap<string, Component>;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
}

/** Definitions for DescribeObjects and QueryObjects. */
@Injectable()
export class Definitions {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly ledger: PostgresLedger,
  ) {}

  /** The newest definition: what sphere COMPONENT shows. Empty when none was put. */
  async latest(pipelineId: string): Promise<ReadableDefinition> {
    const stored = await this.pipelines.readDefinition(pipelineId, 'latest');
    return readable(stored?.definition ?? { pipelineObjects: [], parameterObjects: [], parameterValues: [] });
  }

  /** The definition that an instance was made from. */
  async version(pipelineId: string, definitionVersion: number): Promise<ReadableDefinition> {
    return readable((await this.ledger.readDefinition(pipelineId, definitionVersion)).definition);
  }
}

function readable(definition: PipelineDefinition): ReadableDefinition {
  const masked = maskSecrets(definition);
  return {
    objects: new Map(masked.pipelineObjects.map((object) => [object.id, object])),
    components: resolveComponents(masked).components,
    parameters: resolveParameters(masked).values,
  };
}
