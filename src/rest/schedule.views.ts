import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** A Schedule of a pipeline and how far it is. */
export class ScheduleView {
  @ApiProperty({ example: 'Daily', description: 'Id of the Schedule object, or ondemand' })
  id!: string;
  @ApiPropertyOptional({ example: 'Daily' })
  name?: string;
  @ApiPropertyOptional({ example: '1 day' })
  period?: string;
  @ApiProperty({ description: 'The pipeline is active, and an object in force uses it' })
  inForce!: boolean;
  @ApiProperty({ description: 'Its clock stands still' })
  paused!: boolean;
  @ApiProperty({ description: 'No interval will be started by time any more' })
  exhausted!: boolean;
  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the first instance of its next interval is due',
  })
  nextTime?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Start of the newest interval that has come' })
  lastIntervalStart?: string;
}

/** All Schedules of a pipeline. */
export class ScheduleListView {
  @ApiProperty({ type: [ScheduleView] })
  schedules!: readonly ScheduleView[];
}
