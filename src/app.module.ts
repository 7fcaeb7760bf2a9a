import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AwsJsonModule } from './aws-json/aws-json.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { OperationModule } from './http/operation.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ObjectsModule } from './objects/objects.module.js';
import { PipelinesModule } from './pipelines/pipelines.module.js';
import { RestModule } from './rest/rest.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { StoreModule } from './store/store.module.js';
import { TaskRunnersModule } from './task-runners/task-runners.module.js';
import { TemporalModule } from './temporal/temporal.module.js';

/** The API process. */
@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        StoreModule,
        AccessModule,
        TemporalModule,
        SchedulesModule,
        PipelinesModule,
        ObjectsModule,
        TaskRunnersModule,
        // Before the audit log: what is refused for its number leaves no records.
        OperationModule,
        AuditModule,
        MetricsModule,
        AwsJsonModule,
        RestModule,
      ],
    };
  }
}
