import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { PipelinesController } from './pipelines.controller.js';
import { TemporalProbe } from './temporal-probe.js';

/** The REST API, `/v1` and `/health`. */
@Module({
  controllers: [HealthController, PipelinesController],
  providers: [TemporalProbe],
})
export class RestModule {}
