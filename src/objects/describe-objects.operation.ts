import { ArrayMaxSize, IsArray, IsBoolean, IsOptional } from 'class-validator';
import type { Component } from '../../model/definition/component.js';
import type { Field, PipelineObject } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineIdInput } from '../pipelines/pipeline-id.input.js';
import { ObjectStore } from '../store/object-store.js';
import type { AttemptRow, InstanceRow } from '../store/object-selector.js';
import { PauseStore } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import type { Pipeline } from '../store/pipeline.js';
import { fieldsOfComponent, withEvaluated } from './component-fields.js';
import { Definitions, type ReadableDefinition } from './definitions.js';
import { evaluatedComponent } from './evaluated.js';
import { attemptFields, instanceFields } from './instance-fields.js';

/** AWS's text says 25, its CLI sends 100 (api.md 2.2). Our choice. */
const MAXIMUM_IDS = 1000;

export class DescribeObjectsInput extends PipelineIdInput {
  @IsArray()
  @ArrayMaxSize(MAXIMUM_IDS)
  @Text(TEXT.id, { each: true })
  objectIds!: string[];

  @IsOptional()
  @IsBoolean()
  evaluateExpressions?: boolean;

  @IsOptional()
  @Text(TEXT.string)
  marker?: string;
}

/**
 * Objects of any sphere, in the order of their ids, all in one answer: the CLI does not follow markers. Ids that nobody
 * knows are left out. Source: api.md 2.2.
 */
@Operation('DescribeObjects', DescribeObjectsInput)
export class DescribeObjects {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly definitions: Definitions,
    private readonly pauses: PauseStore,
  ) {}

  async handle({
    pipelineId,
    objectIds,
    evaluateExpressions = false,
    marker = '',
  }: DescribeObjectsInput): Promise<object> {
    const pipeline = await this.pipelines.get(pipelineId);
    if (marker !== '') {
      throw new InvalidRequest(
        `marker "${marker}" is not valid: DescribeObjects answers in one page, without a marker`,
      );
    }
    const ids = [...new Set(objectIds)];
    const [instances, attempts] = await Promise.all([
      this.objects.instances(pipelineId, ids),
      this.objects.attempts(pipelineId, ids),
    ]);
    const parents = await this.objects.instances(pipelineId, [
      ...new Set(attempts.map((row) => row.instanceId)),
    ]);
    const definitionOf = await this.definitionsFor(pipelineId, [...instances, ...attempts]);

    const described = new Map<string, PipelineObject>();
    for (const row of instances) {
      described.set(
        row.id,
        describeRow(row, definitionOf(row), evaluateExpressions, (component) =>
          instanceFields(row, component),
        ),
      );
    }
    const referencesOf = new Map(parents.map((row) => [row.id, row.references]));
    for (const row of attempts) {
      const references = referencesOf.get(row.instanceId);
      described.set(
        row.id,
        describeRow(row, definitionOf(row), evaluateExpressions, (component) =>
          attemptFields(row, component, references),
        ),
      );
    }
    const rest = ids.filter((id) => !described.has(id));
    for (const object of await this.components(pipeline, rest, evaluateExpressions))
      described.set(object.id, object);
    return {
      pipelineObjects: ids.map((id) => described.get(id)).filter((object) => object !== undefined),
      hasMoreResults: false,
    };
  }

  /** The definitions that the rows were made from, each read once. */
  private async definitionsFor(pipelineId: string, rows: readonly (InstanceRow | AttemptRow)[]) {
    const versions = [...new Set(rows.map((row) => row.definitionVersion))];
    const read = await Promise.all(
      versions.map(
        async (version) => [version, await this.definitions.version(pipelineId, version)] as const,
      ),
    );
    const byVersion = new Map(read);
    return (row: InstanceRow | AttemptRow): ReadableDefinition => {
      const definition = byVersion.get(row.definitionVersion);
      if (definition === undefined)
        throw new Error(`Definition version ${row.definitionVersion} was not read`);
      return definition;
    };
  }

  private async components(
    pipeline: Pipeline,
    ids: readonly string[],
    evaluate: boolean,
  ): Promise<PipelineObject[]> {
    if (ids.length === 0) return [];
    const definition = await this.definitions.latest(pipeline.id);
    const [last, paused] = await Promise.all([
      this.objects.outcomes(pipeline.id, ids),
      this.pauses.of(pipeline.id),
    ]);
    const outcomes = new Map(last.map((outcome) => [outcome.componentId, outcome]));
    const pauses = new Map(paused.map((pause) => [pause.componentId, pause]));
    return ids.flatMap((id) => {
      const object = definition.objects.get(id);
      const component = definition.components.get(id);
      if (object === undefined) return [];
      const own =
        evaluate && component !== undefined
          ? withEvaluated(object, evaluatedComponent(definition, { pipelineId: pipeline.id, component }))
          : object.fields;
      const fields = fieldsOfComponent(own, {
        pipelineId: pipeline.id,
        activation: pipeline.activation,
        firstActivatedAt: pipeline.firstActivatedAt,
        outcome: outcomes.get(id),
        pause: pauses.get(id),
      });
      return [{ id, name: object.name, fields }];
    });
  }
}

/** The name of an instance or attempt is its id: list-runs sorts and prints it. Source: semantics.md 5. */
function describeRow(
  row: InstanceRow | AttemptRow,
  definition: ReadableDefinition,
  evaluate: boolean,
  fieldsOf: (component: Component | undefined) => Field[],
): PipelineObject {
  const component = definition.components.get(row.componentId);
  if (!evaluate || component === undefined) return { id: row.id, name: row.id, fields: fieldsOf(component) };
  const { pipelineId, nodeId } = row;
  const evaluated = evaluatedComponent(definition, {
    pipelineId,
    component,
    nodeId,
    runtime: fieldsOf(undefined),
  });
  return { id: row.id, name: row.id, fields: fieldsOf(evaluated) };
}
