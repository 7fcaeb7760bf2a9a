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
  readonly #active = new Map<string, ActiveFacts>();

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
    const active = await this.active(pipeline);
    if (active === undefined) return [{}, {}, undefined] as const;
    const [runTimes, outcomes] = await Promise.all([
      this.objects.runTimes(pipeline.id, new Date()),
      this.objects.outcomes(pipeline.id, active.componentIds),
    ]);
    return [active.bounds, runTimes, pipelineHealth(outcomes)] as const;
  }

  /** What the definition in force says; read once, for an activated version never changes. Undefined when none is in force. */
  private async active(pipeline: Pipeline): Promise<ActiveFacts | undefined> {
    const { id, activeVersion, activation, firstActivatedAt } = pipeline;
    if (activeVersion === undefined) return undefined;
    const key = JSON.stringify([id, activeVersion, activation, firstActivatedAt]);
    const known = this.#active.get(key);
    if (known !== undefined) return known;
    const stored = await this.pipelines.readDefinition(id, activeVersion);
    if (stored === undefined) return undefined;
    const componentIds = stored.definition.pipelineObjects.map((object) => object.id);
    const facts = { componentIds, bounds: boundsOf(pipeline, stored.definition) };
    const [oldest] = this.#active.keys();
    if (this.#active.size >= MAXIMUM_KNOWN && oldest !== undefined) this.#active.delete(oldest);
    this.#active.set(key, facts);
    return facts;
  }
}

/** What DescribePipelines needs of a definition. */
interface ActiveFacts {
  readonly componentIds: readonly string[];
  readonly bounds: ScheduleBounds;
}

/** Definitions of which one process remembers that: some kilobytes each. */
const MAXIMUM_KNOWN = 1000;

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
