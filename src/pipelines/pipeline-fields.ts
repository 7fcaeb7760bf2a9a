import type { Field } from '../../model/definition/pipeline-definition.js';
import type { Health } from '../objects/health.js';
import { textField, timeField } from '../objects/wire-fields.js';
import type { RunTimes } from '../store/object-selector.js';
import type { Pipeline } from '../store/pipeline.js';
import type { ScheduleBounds } from './schedule-bounds.js';

/** What DescribePipelines tells beside the pipeline's own row. */
export interface PipelineFacts {
  readonly bounds: ScheduleBounds;
  readonly runTimes: RunTimes;
  readonly health: Health | undefined;
}

/** Fields of a pipeline (sphere PIPELINE). Source: objects.yaml, pipeline_fields. */
export function pipelineFields(pipeline: Pipeline, { bounds, runTimes, health }: PipelineFacts): Field[] {
  return [
    ...textField('@id', pipeline.id),
    ...textField('@sphere', 'PIPELINE'),
    ...textField('@pipelineState', pipeline.state),
    ...textField('name', pipeline.name),
    ...textField('description', pipeline.description),
    ...textField('uniqueId', pipeline.uniqueId),
    ...textField('pipelineCreator', pipeline.creator),
    ...textField('@userId', pipeline.creator),
    ...textField('@accountId', pipeline.accountId),
    ...timeField('@creationTime', pipeline.createdAt),
    ...textField('@version', pipeline.activation),
    ...timeField('@firstActivationTime', pipeline.firstActivatedAt),
    ...timeField('@lastActivationTime', pipeline.lastActivatedAt),
    ...timeField('@lastDeactivatedTime', pipeline.lastDeactivatedAt),
    ...timeField('@scheduledStartTime', bounds.start),
    ...timeField('@scheduledEndTime', bounds.end),
    ...textField('@scheduledPeriod', bounds.period),
    ...timeField('@latestRunTime', runTimes.latest),
    ...timeField('@nextRunTime', runTimes.next),
    ...timeField('@finishedTime', pipeline.finishedAt),
    ...textField('@healthStatus', health?.status),
    ...timeField('@healthStatusUpdatedTime', health?.updatedAt),
    ...timeField('@deletionRequestTime', pipeline.deletionRequestedAt),
    ...textField('*tags', pipeline.tags.length === 0 ? undefined : JSON.stringify(pipeline.tags)),
  ];
}
