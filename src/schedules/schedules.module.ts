import { Global, Module } from '@nestjs/common';
import { PipelineEngine } from './pipeline-engine.js';
import { TemporalPipelineEngine } from './temporal-pipeline-engine.js';

@Global()
@Module({
  providers: [{ provide: PipelineEngine, useClass: TemporalPipelineEngine }],
  exports: [PipelineEngine],
})
export class SchedulesModule {}
