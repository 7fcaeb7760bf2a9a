import { Injectable } from '@nestjs/common';
import type { RunKey } from '../../activities/bookkeeping/ledger.js';
import { Database } from './database.js';
import type {
  AttemptRow,
  ComponentOutcome,
  InstancePage,
  InstanceRow,
  ObjectIdPage,
  ObjectQuery,
  RunTimes,
} from './object-selector.js';

@Injectable()
export class ObjectStore {
  constructor(private readonly database: Database) {}
  async query(_query: ObjectQuery): Promise<ObjectIdPage> {
    throw new Error(`not built yet: ${this.database.constructor.name}`);
  }
  async instances(_pipelineId: string, _ids: readonly string[]): Promise<InstanceRow[]> {
    throw new Error('not built yet');
  }
  async attempts(_pipelineId: string, _ids: readonly string[]): Promise<AttemptRow[]> {
    throw new Error('not built yet');
  }
  async runsOf(_pipelineId: string, _instanceIds: readonly string[]): Promise<Map<string, RunKey>> {
    throw new Error('not built yet');
  }
  async openRuns(_pipelineId: string): Promise<RunKey[]> {
    throw new Error('not built yet');
  }
  async listInstances(
    _pipelineId: string,
    _page: { readonly after?: string; readonly limit: number },
  ): Promise<InstancePage> {
    throw new Error('not built yet');
  }
  async outcomes(_pipelineId: string, _componentIds: readonly string[]): Promise<ComponentOutcome[]> {
    throw new Error('not built yet');
  }
  async runTimes(_pipelineId: string, _at: Date): Promise<RunTimes> {
    throw new Error('not built yet');
  }
}
