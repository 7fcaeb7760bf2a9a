import type { InstanceState, NewInstance, RunKey } from '../../activities/bookkeeping/ledger.js';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import type { Database } from '../../src/store/database.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';

let made = 0;

/** A pipeline name, with a uniqueId no other test has. */
export function aPipeline(name = 'Nightly') {
  return { name, uniqueId: `unique-${++made}`, tags: [], creator: 'alice', accountId: '000000000000' };
}

export function aDefinition(command = 'date'): PipelineDefinition {
  return {
    pipelineObjects: [
      {
        id: 'Say',
        name: 'Say',
        fields: [
          { key: 'type', stringValue: 'ShellCommandActivity' },
          { key: 'command', stringValue: command },
        ],
      },
    ],
    parameterObjects: [],
    parameterValues: [],
  };
}

/** A pipeline in force with one schedule `Daily`. */
export async function anActivePipeline(database: Database, { exhausted = false } = {}): Promise<string> {
  const store = new PipelineStore(database);
  const { pipelineId } = await store.create(aPipeline());
  const { definitionVersion } = await store.putDefinition(pipelineId, aDefinition(), { errored: false });
  const schedules = [{ scheduleId: 'Daily', exhausted }];
  await store.activate(pipelineId, { definitionVersion, at: new Date(), schedules });
  return pipelineId;
}

/** The run of the day number `day` (0-based). */
export function aRun(pipelineId: string, day = 0): RunKey {
  return { pipelineId, scheduleId: 'Daily', intervalStart: startOf(day) };
}

export function anInstance(componentId: string, day = 0, more: Partial<NewInstance> = {}): NewInstance {
  return {
    id: `@${componentId}_${startOf(day).slice(0, 19)}`,
    componentId,
    kind: 'activity',
    type: 'ShellCommandActivity',
    scheduledStart: startOf(day),
    scheduledEnd: startOf(day + 1),
    definitionVersion: 1,
    activation: 1,
    status: 'WAITING_ON_DEPENDENCIES',
    references: {},
    triesLeft: 3,
    ...more,
  };
}

/** A change of an instance. */
export function aState(
  id: string,
  seq: number,
  status: InstanceState['status'],
  more: Partial<InstanceState> = {},
): InstanceState {
  return { id, seq, status, attemptCount: 1, triesLeft: 2, waitingOn: [], cascadeFailedOn: [], ...more };
}

function startOf(day: number): string {
  return `${new Date(Date.UTC(2030, 0, 1 + day)).toISOString().slice(0, 19)}Z`;
}
