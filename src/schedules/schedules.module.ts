import { Global, Module } from '@nestjs/common';
import { BackfillStore } from '../store/backfill-store.js';
import { Backfills } from './backfills.js';
import { ConsumersElsewhere } from './consumers-elsewhere.js';
import { PipelineEngine } from './pipeline-engine.js';
import { TemporalPipelineEngine } from './temporal-pipeline-engine.js';

@Global()
@Module({
  providers: [
    { provide: PipelineEngine, useClass: TemporalPipelineEngine },
    ConsumersElsewhere,
    BackfillStore,
    Backfills,
  ],
  exports: [PipelineEngine, Backfills],
})
export class SchedulesModule {}
