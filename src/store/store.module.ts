import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database, migrate } from './database.js';
import { DefinitionVersions } from './definition-versions.js';
import { ObjectStore } from './object-store.js';
import { PauseStore } from './pause-store.js';
import { PipelineStore } from './pipeline-store.js';
import { PostgresLedger } from './postgres-ledger.js';
import { ScheduleStore } from './schedule-store.js';
import { WaitStore } from './wait-store.js';

const STORES = [
  PipelineStore,
  DefinitionVersions,
  ScheduleStore,
  PostgresLedger,
  ObjectStore,
  WaitStore,
  PauseStore,
];

/** The store for every module: connected and migrated before anything else starts, closed at shutdown. */
@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [Config],
      useFactory: async (config: Config): Promise<Database> => {
        const database = new Database(config.databaseUrl);
        try {
          await migrate(database.kysely);
          return database;
        } catch (error) {
          await database.close();
          throw error;
        }
      },
    },
    ...STORES,
  ],
  exports: [Database, ...STORES],
})
export class StoreModule {}
