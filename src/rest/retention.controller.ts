import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { RetentionStore, type RetentionSweep } from '../store/retention-store.js';

import { Does } from './describe.js';

/** What one sweep did. */
export class RetentionSweepView implements RetentionSweep {
  @ApiProperty({ description: 'PENSTOCK_RETENTION_DAYS of the control worker that swept' })
  retentionDays!: number;
  @ApiProperty({ format: 'date-time' })
  beganAt!: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Absent while it goes on' })
  endedAt?: string;
  @ApiPropertyOptional({ description: 'Interval runs that it removed' })
  removedRuns?: number;
  @ApiPropertyOptional()
  removedInstances?: number;
}

/** How old runs are removed. */
export class RetentionView {
  @ApiPropertyOptional({ type: RetentionSweepView, description: 'Absent: nothing was ever removed' })
  lastSweep?: RetentionSweepView;
}

/** Retention of old runs, to read. */
@ApiTags('retention')
@Controller('v1/retention')
export class RetentionController {
  constructor(private readonly retention: RetentionStore) {}

  @Get()
  @Access('penstock:GetRetention')
  @Does('getRetention', 'The last sweep of old runs by the control workers, with the setting that it had')
  @ApiOkResponse({ type: RetentionView })
  async get(): Promise<RetentionView> {
    const lastSweep = await this.retention.lastSweep();
    return lastSweep === undefined ? {} : { lastSweep };
  }
}
