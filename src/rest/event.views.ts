import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { attemptIdOf } from '../../model/instance/ids.js';
import type { StatusEvent } from '../store/event-store.js';

/** A change of a status. */
export class StatusEventView {
  @ApiProperty({ enum: ['INSTANCE', 'ATTEMPT', 'PIPELINE'] })
  sphere!: StatusEvent['sphere'];
  @ApiProperty()
  pipelineId!: string;
  @ApiProperty({
    description: 'Of the instance, the attempt or the pipeline',
    example: '@Copy_2030-01-01T00:00:00',
  })
  id!: string;
  @ApiPropertyOptional({ description: "An attempt's instance" })
  instanceId?: string;
  @ApiProperty({ description: 'Status of an instance or attempt; state of a pipeline, or DELETED' })
  status!: string;
  @ApiPropertyOptional({ description: 'Absent when it was made with this status' })
  previousStatus?: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}

/** The view of an event. */
export function statusEventView(event: StatusEvent): StatusEventView {
  const { sphere, pipelineId, objectId, attempt, status, previousStatus, at } = event;
  return {
    sphere,
    pipelineId,
    ...(attempt === undefined
      ? { id: objectId }
      : { id: attemptIdOf(objectId, attempt), instanceId: objectId }),
    status,
    ...(previousStatus === undefined ? {} : { previousStatus }),
    at,
  };
}
