import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { WhyChains } from '../objects/why-chains.js';
import { LiveActivities } from '../objects/live-activities.js';
import { LiveEvents } from '../objects/live-events.js';
import { LiveLogFiles } from '../objects/live-log-files.js';
import { LiveLog } from '../objects/live-log.js';
import { WhyIntervals } from '../objects/why-definitions.js';
import { WhyFactsReader } from '../objects/why-facts.js';
import { WhyTemporal } from '../objects/why-temporal.js';
import { ObjectsModule } from '../objects/objects.module.js';
import { Schedules } from '../objects/schedules.js';
import { Workers } from '../objects/workers.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { EventStore } from '../store/event-store.js';
import { IdempotencyStore } from '../store/idempotency-store.js';
import { RetentionStore } from '../store/retention-store.js';
import { AuditController } from './audit.controller.js';
import { BackfillsController } from './backfills.controller.js';
import { ContractInterceptor } from './contract.interceptor.js';
import { RestContract } from './contract.js';
import { DefinitionEditsController } from './definition-edits.controller.js';
import { CallerController } from './caller.controller.js';
import { DefinitionsController } from './definitions.controller.js';
import { EventStreams } from './event-streams.js';
import { EventsController } from './events.controller.js';
import { HealthController } from './health.controller.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { InstancesController } from './instances.controller.js';
import { LifeCycleController } from './life-cycle.controller.js';
import { KeysController } from './keys.controller.js';
import { LogsController } from './logs.controller.js';
import { ObjectTypesController } from './object-types.controller.js';
import { PlanController } from './plan.controller.js';
import { PipelinesController } from './pipelines.controller.js';
import { RetentionController } from './retention.controller.js';
import { TemplatesController } from './templates.controller.js';
import { TemporalProbe } from './temporal-probe.js';
import { ValidateController } from './validate.controller.js';
import { WhyController } from './why.controller.js';
import { WorkersController } from './workers.controller.js';

/** The REST API, `/v1` and `/health`. */
@Module({
  imports: [ObjectsModule, PipelinesModule],
  controllers: [
    AuditController,
    HealthController,
    ObjectTypesController,
    PipelinesController,
    LifeCycleController,
    DefinitionsController,
    DefinitionEditsController,
    InstancesController,
    PlanController,
    ValidateController,
    WhyController,
    BackfillsController,
    EventsController,
    LogsController,
    RetentionController,
    KeysController,
    CallerController,
    WorkersController,
    TemplatesController,
  ],
  providers: [
    RestContract,
    IdempotencyStore,
    // In this order: what is no call of the API holds no key.
    { provide: APP_INTERCEPTOR, useClass: ContractInterceptor },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
    Schedules,
    Workers,
    TemporalProbe,
    WhyTemporal,
    WhyIntervals,
    WhyChains,
    WhyFactsReader,
    EventStore,
    RetentionStore,
    LiveEvents,
    EventStreams,
    LiveActivities,
    LiveLogFiles,
    LiveLog,
  ],
})
export class RestModule {}
