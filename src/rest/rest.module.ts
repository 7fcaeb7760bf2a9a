import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { ObjectTypesController } from './object-types.controller.js';
import { PlanController } from './plan.controller.js';
import { PipelinesController } from './pipelines.controller.js';
import { TemporalProbe } from './temporal-probe.js';

/** The REST API, `/v1` and `/health`. */
@Module({
  controllers: [HealthController, ObjectTypesController, PipelinesController, PlanController],
  providers: [TemporalProbe],
})
export class RestModule {}
