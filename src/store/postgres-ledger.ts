import { Injectable } from '@nestjs/common';
import type {
  ActivatedDefinition,
  InstanceSnapshot,
  Ledger,
  NewInstance,
  Notification,
  RunChanges,
  RunKey,
  ScheduleCursor,
} from '../../activities/bookkeeping/ledger.js';
import type { Status } from '../../model/instance/status.js';
import { Database } from './database.js';

@Injectable()
export class PostgresLedger implements Ledger {
  constructor(private readonly database: Database) {}
  async readDefinition(_pipelineId: string, _definitionVersion: number): Promise<ActivatedDefinition> {
    throw new Error(`not built yet: ${this.database.constructor.name}`);
  }
  async createInstances(_run: RunKey, _instances: readonly NewInstance[]): Promise<void> {
    throw new Error('not built yet');
  }
  async readRun(_run: RunKey): Promise<InstanceSnapshot[]> {
    throw new Error('not built yet');
  }
  async record(_run: RunKey, _changes: RunChanges): Promise<Notification[]> {
    throw new Error('not built yet');
  }
  async awaitInstances(
    _pipelineId: string,
    _workflowId: string,
    _instanceIds: readonly string[],
  ): Promise<{ instanceId: string; status: Status }[]> {
    throw new Error('not built yet');
  }
  async forgetWaits(_pipelineId: string, _workflowId: string): Promise<void> {
    throw new Error('not built yet');
  }
  async acknowledge(_notificationIds: readonly string[]): Promise<void> {
    throw new Error('not built yet');
  }
  async undelivered(_ageMs: number): Promise<Notification[]> {
    throw new Error('not built yet');
  }
  async readSchedule(_pipelineId: string, _scheduleId: string): Promise<ScheduleCursor | undefined> {
    throw new Error('not built yet');
  }
  async advanceSchedule(
    _pipelineId: string,
    _scheduleId: string,
    _fromIndex: number,
    _toIndex: number,
    _exhausted: boolean,
  ): Promise<boolean> {
    throw new Error('not built yet');
  }
}
