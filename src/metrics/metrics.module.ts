import { Global, Module } from '@nestjs/common';
import { InstanceCounts } from '../store/instance-counts.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { QueueGroups } from './queue-groups.js';

/** /metrics, and what other modules count by it. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [InstanceCounts, QueueGroups, Metrics],
  exports: [Metrics],
})
export class MetricsModule {}
