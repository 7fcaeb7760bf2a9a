import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { ObjectTypesController } from './object-types.controller.js';
import { PipelinesController } from './pipelines.controller.js';
import { TemporalProbe } from './temporal-probe.js';

/** The REST API, `/v1` and `/health`. */
@Module({
  controllers: [HealthController, ObjectTypesController, PipelinesController],
  providers: [TemporalProbe],
})
export class RestModule {}
