import { Injectable } from '@nestjs/common';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { Database } from './database.js';
import type {
  Activated,
  Activation,
  NewPipeline,
  Pipeline,
  PipelinePage,
  StoredDefinition,
  Tag,
} from './pipeline.js';

@Injectable()
export class PipelineStore {
  constructor(private readonly database: Database) {}
  async create(_pipeline: NewPipeline): Promise<{ pipelineId: string }> {
    throw new Error(`not built yet: ${this.database.constructor.name}`);
  }
  async get(_pipelineId: string): Promise<Pipeline> {
    throw new Error('not built yet');
  }
  async getMany(_pipelineIds: readonly string[]): Promise<Pipeline[]> {
    throw new Error('not built yet');
  }
  async list(_page: { readonly after?: string; readonly limit: number }): Promise<PipelinePage> {
    throw new Error('not built yet');
  }
  async putDefinition(
    _pipelineId: string,
    _definition: PipelineDefinition,
    _outcome: { readonly errored: boolean },
  ): Promise<{ definitionVersion: number }> {
    throw new Error('not built yet');
  }
  async readDefinition(
    _pipelineId: string,
    _version: 'latest' | 'active',
  ): Promise<StoredDefinition | undefined> {
    throw new Error('not built yet');
  }
  async activate(_pipelineId: string, _activation: Activation): Promise<Activated> {
    throw new Error('not built yet');
  }
  async deactivating(_pipelineId: string): Promise<void> {}
  async deactivated(_pipelineId: string, _at: Date): Promise<void> {}
  async finished(_pipelineId: string, _at: Date): Promise<void> {}
  async markDeleting(_pipelineId: string, _at: Date): Promise<void> {}
  async delete(_pipelineId: string): Promise<void> {}
  async addTags(_pipelineId: string, _tags: readonly Tag[]): Promise<void> {}
  async removeTags(_pipelineId: string, _keys: readonly string[]): Promise<void> {}
}
