import { Module } from '@nestjs/common';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { DefinitionsController } from './definitions.controller.js';
import { HealthController } from './health.controller.js';
import { ObjectTypesController } from './object-types.controller.js';
import { PlanController } from './plan.controller.js';
import { PipelinesController } from './pipelines.controller.js';
import { TemporalProbe } from './temporal-probe.js';
import { ValidateController } from './validate.controller.js';

/** The REST API, `/v1` and `/health`. */
@Module({
  imports: [PipelinesModule],
  controllers: [
    HealthController,
    ObjectTypesController,
    PipelinesController,
    DefinitionsController,
    PlanController,
    ValidateController,
  ],
  providers: [TemporalProbe],
})
export class RestModule {}
