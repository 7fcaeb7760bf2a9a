import { ArrayMaxSize, IsArray } from 'class-validator';
import { compilePipeline } from '../../model/instance/compile.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { pipelineHealth } from '../objects/health.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import type { Pipeline } from '../store/pipeline.js';
import { pipelineFields } from './pipeline-fields.js';
import { scheduleBounds, type ScheduleBounds } from './schedule-bounds.js';

/** Source: api.md 2.1. */
const MAXIMUM_IDS = 25;

export class DescribePipelinesInput {
  @IsArray()
  @ArrayMaxSize(MAXIMUM_IDS)
  @Text(TEXT.id, { each: true })
  pipelineIds!: string[];
}

/** What is known of pipelines, in the order of the ids; one unknown id fails the whole call. Source: api.md 2.1. */
@Operation('DescribePipelines', DescribePipelinesInput)
export class DescribePipelines {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
  ) {}

  async handle({ pipelineIds }: DescribePipelinesInput): Promise<object> {
    const byId = new Map(
      (await this.pipelines.getMany(pipelineIds)).map((pipeline) => [pipeline.id, pipeline]),
    );
    const found = pipelineIds.map((id) => byId.get(id)).filter((pipeline) => pipeline !== undefined);
    return { pipelineDescriptionList: await Promise.all(found.map((pipeline) => this.describe(pipeline))) };
  }

  private async describe(pipeline: Pipeline): Promise<object> {
    const [bounds, runTimes, health] = await this.facts(pipeline);
    return {
      pipelineId: pipeline.id,
      name: pipeline.name,
      fields: pipelineFields(pipeline, { bounds, runTimes, health }),
      ...(pipeline.description === undefined ? {} : { description: pipeline.description }),
      tags: pipeline.tags.map(({ key, value }) => ({ key, value })),
    };
  }

  private async facts(pipeline: Pipeline) {
    if (pipeline.activeVersion === undefined) return [{}, {}, undefined] as const;
    const stored = await this.pipelines.readDefinition(pipeline.id, 'active');
    const componentIds = stored?.definition.pipelineObjects.map(({ id }) => id) ?? [];
    const [runTimes, outcomes] = await Promise.all([
      this.objects.runTimes(pipeline.id, new Date()),
      this.objects.outcomes(pipeline.id, componentIds),
    ]);
    return [
      stored === undefined ? {} : boundsOf(pipeline, stored.definition),
      runTimes,
      pipelineHealth(outcomes),
    ] as const;
  }
}

type Definition = Parameters<typeof compilePipeline>[0]['definition'];

function boundsOf(pipeline: Pipeline, definition: Definition): ScheduleBounds {
  const { id, name, activeVersion = 0, activation = 0, firstActivatedAt, createdAt } = pipeline;
  return scheduleBounds(
    compilePipeline({
      pipelineId: id,
      pipelineName: name,
      definitionVersion: activeVersion,
      activation,
      definition,
      firstActivationTime: firstActivatedAt ?? createdAt,
    }),
  );
}
