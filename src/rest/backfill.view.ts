import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Max,
  Min,
} from 'class-validator';
import { BACKFILL_RERUNS, type BackfillRerun } from '../../model/instance/backfill.js';
import { Text, TEXT } from '../aws-json/text.js';
import type { StoredBackfill } from '../store/backfill-store.js';

import { RestInput } from './openapi-constraints.js';

/** Longer is no instant. */
const INSTANT = { min: 1, max: 32 };
/** Runs at a time, unless the request says otherwise. Our choice: enough to keep the runners of one site busy. */
export const DEFAULT_MAX_ACTIVE = 10;
const MAXIMUM_MAX_ACTIVE = 1000;

/** Request of POST /v1/pipelines/:id/backfills. */
@RestInput()
export class BackfillInput {
  @ApiPropertyOptional({ example: 'Daily', description: 'Id of a Schedule; absent = every one in use' })
  @IsOptional()
  @Text(TEXT.id)
  scheduleId?: string;

  @ApiProperty({ example: '2030-01-01', description: 'Intervals that begin at or after it, UTC' })
  @Text(INSTANT)
  from!: string;

  @ApiPropertyOptional({ example: '2030-02-01T00:00:00', description: 'and before it; absent = now' })
  @IsOptional()
  @Text(INSTANT)
  to?: string;

  @ApiPropertyOptional({ type: [String], description: 'Only these activities, data nodes and resources' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @Text(TEXT.id, { each: true })
  objects?: string[];

  @ApiPropertyOptional({
    minimum: 1,
    maximum: MAXIMUM_MAX_ACTIVE,
    default: DEFAULT_MAX_ACTIVE,
    description: 'Runs under way at a time',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAXIMUM_MAX_ACTIVE)
  maxActive?: number;

  @ApiPropertyOptional({
    enum: BACKFILL_RERUNS,
    default: 'missing',
    description: 'What never ran; that and what failed; or everything',
  })
  @IsOptional()
  @IsIn(BACKFILL_RERUNS)
  rerun?: BackfillRerun;
}

/** Request of POST …/cancel. */
@RestInput()
export class CancelBackfillInput {
  @ApiPropertyOptional({ default: false, description: 'Cancels what runs, too; else that goes on' })
  @IsOptional()
  @IsBoolean()
  cancelRunning?: boolean;
}

const STATES = ['RUNNING', 'PAUSED', 'FINISHED', 'CANCELED', 'STOPPED'] as const;

/** A backfill and how far it is. */
export class BackfillView {
  @ApiProperty({ example: 'bf-0123456789ab' })
  id!: string;
  @ApiProperty()
  pipelineId!: string;
  @ApiProperty({ enum: STATES, description: 'STOPPED: its pipeline was deactivated' })
  state!: (typeof STATES)[number];
  @ApiProperty({ type: [String] })
  scheduleIds!: readonly string[];
  @ApiProperty({ format: 'date-time' })
  from!: string;
  @ApiProperty({ format: 'date-time' })
  to!: string;
  @ApiPropertyOptional({ type: [String] })
  objects?: readonly string[];
  @ApiProperty()
  maxActive!: number;
  @ApiProperty({ enum: BACKFILL_RERUNS })
  rerun!: BackfillRerun;
  @ApiProperty({ description: 'Intervals in all' })
  total!: number;
  @ApiProperty({ description: 'Intervals that ran without a failure' })
  finished!: number;
  @ApiProperty({ description: 'Intervals with a failure, or stuck behind one' })
  failed!: number;
  @ApiProperty({ description: 'Intervals where there was nothing to do' })
  unchanged!: number;
  @ApiProperty({ description: 'Intervals under way' })
  running!: number;
  @ApiProperty({ description: 'Intervals that were not begun' })
  left!: number;
  @ApiPropertyOptional({ format: 'date-time', description: 'When it ends, if it goes on as fast as so far' })
  eta?: string;
  @ApiPropertyOptional({ description: 'Something to know of it' })
  note?: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  endedAt?: string;
}

/** One page of the backfills of a pipeline. */
export class BackfillListView {
  @ApiProperty({ type: [BackfillView] })
  backfills!: BackfillView[];
  @ApiPropertyOptional({ description: 'Give it as `after` to get the next page; absent on the last' })
  next?: string;
}

/** A backfill as REST shows it at `now`. */
export function backfillView(backfill: StoredBackfill, now: Date): BackfillView {
  const { id, pipelineId, request, state, total, finished, failed, unchanged, running } = backfill;
  const done = finished + failed;
  const left = Math.max(0, total - done - unchanged - running);
  const spentMs = now.getTime() - Date.parse(backfill.createdAt);
  const eta =
    state === 'RUNNING' && done > 0
      ? new Date(now.getTime() + (spentMs / done) * (left + running)).toISOString()
      : undefined;
  const { note, createdAt, endedAt } = backfill;
  return {
    id,
    pipelineId,
    state,
    ...request,
    total,
    finished,
    failed,
    unchanged,
    running,
    left,
    ...(eta === undefined ? {} : { eta }),
    ...(note === undefined ? {} : { note }),
    createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}
