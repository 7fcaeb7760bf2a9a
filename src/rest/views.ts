import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { STATUS, type PipelineState, type Status } from '../../model/instance/status.js';
import type { Health } from '../objects/health.js';
import type { InstanceRow } from '../store/object-selector.js';
import type { Pause } from '../store/pause-store.js';
import type { Pipeline } from '../store/pipeline.js';

const STATES = ['PENDING', 'ACTIVATING', 'SCHEDULED', 'DEACTIVATING', 'INACTIVE', 'FINISHED', 'DELETING'];

export class TagView {
  @ApiProperty()
  key!: string;
  @ApiProperty()
  value!: string;
}

/** A pipeline as REST shows it. Instants are ISO-8601 UTC; a member without a value is left out. */
export class PipelineView {
  @ApiProperty({ example: 'df-0123456789ABCDEFGHIJ' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiPropertyOptional()
  description?: string;
  @ApiProperty({ enum: STATES })
  state!: PipelineState;
  @ApiProperty({ type: [TagView] })
  tags!: readonly TagView[];
  @ApiProperty()
  creator!: string;
  @ApiPropertyOptional({ description: "AWS's @version: activations so far" })
  activation?: number;
  @ApiPropertyOptional({ description: 'Definition version in force' })
  activeVersion?: number;
  @ApiPropertyOptional({ description: 'Newest definition version' })
  latestVersion?: number;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  lastActivatedAt?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  finishedAt?: string;
  @ApiPropertyOptional({
    enum: ['HEALTHY', 'ERROR'],
    description: 'In lists with health=true, when anything has ended',
  })
  health?: Health['status'];
}

/** One page of pipelines. */
export class PipelinePageView {
  @ApiProperty({ type: [PipelineView] })
  pipelines!: PipelineView[];
  @ApiPropertyOptional({ description: 'Give it as `after` to get the next page; absent on the last' })
  next?: string;
}

/** An instance as REST shows it. */
export class InstanceView {
  @ApiProperty({ example: '@CopyLogs_2030-01-01T00:00:00' })
  id!: string;
  @ApiProperty()
  componentId!: string;
  @ApiProperty()
  type!: string;
  @ApiProperty({ enum: Object.keys(STATUS) })
  status!: Status;
  @ApiProperty({ format: 'date-time' })
  scheduledStart!: string;
  @ApiProperty({ format: 'date-time' })
  scheduledEnd!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  actualStart?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  actualEnd?: string;
  @ApiProperty()
  attemptCount!: number;
  @ApiProperty({ type: [String], description: 'Ids of the instances that it still waits for' })
  waitingOn!: readonly string[];
  @ApiPropertyOptional()
  errorId?: string;
  @ApiPropertyOptional()
  errorMessage?: string;
  @ApiPropertyOptional()
  logLocation?: string;
  @ApiPropertyOptional()
  hostname?: string;
}

/** A component that is paused. */
export class PauseView implements Pause {
  @ApiProperty()
  componentId!: string;
  @ApiProperty({ example: 'default' })
  pausedBy!: string;
  @ApiProperty({ format: 'date-time' })
  pausedAt!: string;
}

/** The components of a pipeline that are paused. */
export class PauseListView {
  @ApiProperty({ type: [PauseView] })
  pauses!: readonly PauseView[];
}

/** One page of instances. */
export class InstancePageView {
  @ApiProperty({ type: [InstanceView] })
  instances!: InstanceView[];
  @ApiPropertyOptional({ description: 'Give it as `after` to get the next page; absent on the last' })
  next?: string;
}

/** The view of a stored pipeline. */
export function pipelineView(pipeline: Pipeline, health?: Health): PipelineView {
  const { id, name, description, state, tags, creator, activation, activeVersion, latestVersion } = pipeline;
  const { createdAt, lastActivatedAt, finishedAt } = pipeline;
  return {
    id,
    name,
    state,
    tags,
    creator,
    createdAt,
    ...present({ description, activation, activeVersion, latestVersion, lastActivatedAt, finishedAt }),
    ...(health === undefined ? {} : { health: health.status }),
  };
}

/** The view of an instance. */
export function instanceView(row: InstanceRow): InstanceView {
  const { id, componentId, type, status, scheduledStart, scheduledEnd, attemptCount, waitingOn } = row;
  const { actualStart, actualEnd, errorId, errorMessage, logLocation, hostname } = row;
  return {
    id,
    componentId,
    type,
    status,
    scheduledStart,
    scheduledEnd,
    attemptCount,
    waitingOn: status === 'WAITING_ON_DEPENDENCIES' ? waitingOn : [],
    ...present({ actualStart, actualEnd, errorId, errorMessage, logLocation, hostname }),
  };
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The members that have a value. */
function present<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
