import { ArrayMinSize, IsArray } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineIdInput } from '../pipelines/pipeline-id.input.js';
import { PipelineEngine, type InstanceCommand } from '../schedules/pipeline-engine.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';

export class SetStatusInput extends PipelineIdInput {
  @IsArray()
  @ArrayMinSize(1)
  @Text(TEXT.id, { each: true })
  objectIds!: string[];

  @Text(TEXT.string)
  status!: string;
}

/** Commands on instances by their names on the wire; `CANCEL` is the older one. Source: api.md 2.2. */
const COMMANDS: Readonly<Record<string, InstanceCommand>> = {
  TRY_CANCEL: 'CANCEL',
  CANCEL: 'CANCEL',
  RERUN: 'RERUN',
  MARK_FINISHED: 'MARK_FINISHED',
};

/** Cancels, reruns or marks instances; it takes effect some time after the answer. Source: api.md 2.2, semantics.md 7.5. */
@Operation('SetStatus', SetStatusInput)
export class SetStatus {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly engine: PipelineEngine,
  ) {}

  async handle({ pipelineId, objectIds, status }: SetStatusInput): Promise<void> {
    const command = commandOf(status);
    const pipeline = await this.pipelines.get(pipelineId);
    if (pipeline.state === 'FINISHED') {
      throw new InvalidRequest(
        `Pipeline with id: ${pipelineId} is FINISHED: its objects' status cannot be set`,
      );
    }
    const ids = [...new Set(objectIds)];
    const known = new Set((await this.objects.instances(pipelineId, ids)).map((row) => row.id));
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length > 0) {
      const shown = unknown.slice(0, 10).map((id) => `"${id}"`);
      throw new InvalidRequest(
        `${command}: ${shown.join(', ')}${unknown.length > 10 ? '…' : ''} ${unknown.length === 1 ? 'is' : 'are'} no ` +
          `instance of pipeline ${pipelineId}: expected ids as QueryObjects gives for sphere INSTANCE`,
      );
    }
    await this.engine.setStatus(pipelineId, ids, command);
  }
}

function commandOf(status: string): InstanceCommand {
  const name = status.toUpperCase();
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  if (name === 'PAUSE' || name === 'RESUME') {
    throw new InvalidRequest(`Status ${name} is not supported by this version of Penstock yet`);
  }
  throw new InvalidRequest(`Status "${status}" is unknown: expected TRY_CANCEL, RERUN or MARK_FINISHED`);
}
