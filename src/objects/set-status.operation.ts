import { ArrayMinSize, IsArray } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import type { Caller } from '../aws-json/operation.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineIdInput } from '../pipelines/pipeline-id.input.js';
import { PipelineEngine } from '../schedules/pipeline-engine.js';
import { ObjectStore } from '../store/object-store.js';
import { PauseStore } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { commandOf, mayBePaused, type ObjectCommand } from './commands.js';
import { Definitions, type ReadableDefinition } from './definitions.js';

/** Ids that an error names; the rest is an ellipsis. */
const MOST_NAMED = 10;

export class SetStatusInput extends PipelineIdInput {
  @IsArray()
  @ArrayMinSize(1)
  @Text(TEXT.id, { each: true })
  objectIds!: string[];

  @Text(TEXT.string)
  status!: string;
}

/**
 * Cancels, reruns or marks instances, pauses or resumes components; it takes effect some time after the answer.
 * Source: api.md 2.2, semantics.md 7.5, 7.6.
 *
 * AWS refuses every command for a FINISHED pipeline. Our choice: it is taken, and the pipeline is SCHEDULED until what was rerun is
 * over. To run again what failed in a pipeline whose schedule has ended is what operators ask for most, and the same instance could
 * be rerun a moment before the last one ended.
 */
@Operation('SetStatus', SetStatusInput)
export class SetStatus {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly definitions: Definitions,
    private readonly pauses: PauseStore,
    private readonly engine: PipelineEngine,
  ) {}

  async handle({ pipelineId, objectIds, status }: SetStatusInput, caller: Caller): Promise<void> {
    const command = commandOf(status);
    const pipeline = await this.pipelines.get(pipelineId);
    if (pipeline.state === 'DELETING') {
      throw new InvalidRequest(`Pipeline ${pipelineId} is being deleted: its objects' status cannot be set`);
    }
    const ids = [...new Set(objectIds)];
    if (command.of === 'COMPONENT') return this.pause(pipelineId, ids, command, caller);
    const known = new Set((await this.objects.instances(pipelineId, ids)).map((row) => row.id));
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length > 0) throw await this.notInstances(pipelineId, unknown, command);
    await this.engine.setStatus(pipelineId, ids, command.command);
  }

  private async pause(
    pipelineId: string,
    ids: readonly string[],
    { name }: Extract<ObjectCommand, { of: 'COMPONENT' }>,
    caller: Caller,
  ): Promise<void> {
    const { components } = await this.definitions.latest(pipelineId);
    const unfit = ids.filter((id) => !mayBePaused(components.get(id)));
    if (unfit.length > 0) throw await this.notPausable(pipelineId, unfit, name, components);
    const changes =
      name === 'PAUSE'
        ? await this.pauses.pause(pipelineId, ids, { by: caller.principal.name, at: new Date() })
        : await this.pauses.resume(pipelineId, ids);
    await this.engine.announce(changes);
  }

  private async notInstances(
    pipelineId: string,
    ids: readonly string[],
    { name }: ObjectCommand,
  ): Promise<InvalidRequest> {
    const { objects } = await this.definitions.latest(pipelineId);
    const expected = 'expected ids as QueryObjects gives for sphere INSTANCE';
    const components = ids.filter((id) => objects.has(id));
    if (components.length > 0) {
      return new InvalidRequest(
        `${name}: ${named(components, 'is a component', 'are components')} of pipeline ${pipelineId}, ` +
          `and ${name} is for instances: ${expected}; components can be given PAUSE and RESUME`,
      );
    }
    const [attempt] = await this.objects.attempts(pipelineId, ids);
    if (attempt !== undefined) {
      return new InvalidRequest(
        `${name}: "${attempt.id}" is an attempt, and ${name} is for instances: expected "${attempt.instanceId}"`,
      );
    }
    return new InvalidRequest(
      `${name}: ${named(ids, 'is no instance', 'are no instances')} of pipeline ${pipelineId}: ${expected}`,
    );
  }

  private async notPausable(
    pipelineId: string,
    ids: readonly string[],
    name: string,
    components: ReadableDefinition['components'],
  ): Promise<InvalidRequest> {
    const expected = 'expected the id of an activity, data node, resource or precondition of the definition';
    const instances = await this.objects.instances(pipelineId, ids);
    if (instances.length > 0) {
      const of = named(
        instances.map((row) => row.id),
        'is an instance',
        'are instances',
      );
      const { componentId } = instances[0] ?? { componentId: '' };
      return new InvalidRequest(`${name}: ${of}, and ${name} is for components: expected "${componentId}"`);
    }
    const other = ids.find((id) => components.has(id));
    if (other !== undefined) {
      const what = components.get(other)?.type ?? 'an object without instances';
      return new InvalidRequest(
        `${name}: "${other}" is ${what}, of which nothing runs by itself: ${expected}`,
      );
    }
    return new InvalidRequest(
      `${name}: ${named(ids, 'is no object', 'are no objects')} of pipeline ${pipelineId}: ${expected}`,
    );
  }
}

function named(ids: readonly string[], one: string, many: string): string {
  const shown = ids.slice(0, MOST_NAMED).map((id) => `"${id}"`);
  return `${shown.join(', ')}${ids.length > MOST_NAMED ? '…' : ''} ${ids.length === 1 ? one : many}`;
}
