import { join } from 'node:path';
import {
  existsIdOf,
  isoSeconds,
  PRECONDITION_TIMEOUT_SECONDS,
  startOf,
  type ChaosActivity,
  type ChaosCondition,
  type ChaosPipeline,
  type Deed,
} from './chaos-pipeline.js';

type Value = string | { readonly ref: string };
/** An object of a definition file. */
export type DefinitionObject = Readonly<Record<string, Value | readonly Value[]>> & { readonly id: string };

/** Where commands find what they use, and whom alarms call. */
export interface Surroundings {
  readonly folder: string;
  readonly webhookUrl: string;
}

export const WORKER_GROUP = 'chaos';
/** Silence after which a runner counts as lost. */
export const REPORT_PROGRESS_TIMEOUT_SECONDS = 8;
export const ALARMS = { onSuccess: 'Succeeded', onFail: 'Failed' } as const;

/** The definition of a pipeline, as its author would write it. */
export function definitionOf(pipeline: ChaosPipeline, around: Surroundings): DefinitionObject[] {
  const script = (name: string): string => `sh ${join(around.folder, name)}`;
  const refs = (ids: readonly string[]): { readonly ref: string }[] => ids.map((ref) => ({ ref }));
  const common = (object: { id: string; schedule: string; scheduleType: string; cascade: boolean }) => ({
    id: object.id,
    schedule: { ref: object.schedule },
    scheduleType: object.scheduleType,
    failureAndRerunMode: object.cascade ? 'CASCADE' : 'NONE',
    ...(pipeline.alarms.onSuccess.includes(object.id) ? { onSuccess: { ref: ALARMS.onSuccess } } : {}),
    ...(pipeline.alarms.onFail.includes(object.id) ? { onFail: { ref: ALARMS.onFail } } : {}),
  });
  const preconditionsOf = (id: string): string[] => [
    ...pipeline.preconditions.filter((each) => each.node === id).map((each) => each.id),
    ...pipeline.dataNodes
      .filter((each) => each.id === id && each.exists !== undefined)
      .map((each) => existsIdOf(each.id)),
  ];
  const checked = (id: string) => {
    const ids = preconditionsOf(id);
    return ids.length === 0 ? {} : { precondition: refs(ids) };
  };
  return [
    { id: 'Default', reportProgressTimeout: `${REPORT_PROGRESS_TIMEOUT_SECONDS} seconds` },
    ...pipeline.schedules.map((schedule) => ({
      id: schedule.id,
      type: 'Schedule',
      startDateTime: isoSeconds(schedule.startSeconds),
      period: `${schedule.periodSeconds} seconds`,
      occurrences: String(schedule.occurrences),
    })),
    ...Object.values(ALARMS).map((id) => ({ id, type: 'WebhookAlarm', url: around.webhookUrl })),
    ...pipeline.dataNodes.map((node) => ({
      ...common(node),
      type: 'S3DataNode',
      filePath: `file://${join(around.folder, 'data', pipeline.name, node.id)}/#{format(@scheduledStartTime,'YYYY-MM-dd-HH-mm-ss')}`,
      ...checked(node.id),
    })),
    ...pipeline.dataNodes
      .filter((node) => node.exists !== undefined)
      .map((node) => ({
        id: existsIdOf(node.id),
        type: 'Exists',
        retryDelay: '1 second',
        failureAndRerunMode: node.cascade ? 'CASCADE' : 'NONE',
      })),
    ...pipeline.preconditions.map((each) => ({
      id: each.id,
      type: 'ShellCommandPrecondition',
      command: `${script('check.sh')} ${each.holdsAtCheck}`,
      retryDelay: '1 second',
      failureAndRerunMode: each.cascade ? 'CASCADE' : 'NONE',
      ...(each.holdsAtCheck === 'never'
        ? { preconditionTimeout: `${PRECONDITION_TIMEOUT_SECONDS} seconds` }
        : {}),
    })),
    ...pipeline.activities.map((activity) => ({
      ...common(activity),
      type: 'ShellCommandActivity',
      workerGroup: WORKER_GROUP,
      command: `${script('work.sh')} ${commandArguments(pipeline, activity)}`,
      maximumRetries: String(activity.maximumRetries),
      retryDelay: `${activity.retryDelaySeconds} seconds`,
      ...(activity.dependsOn.length === 0 ? {} : { dependsOn: refs(activity.dependsOn) }),
      ...(activity.input.length === 0 ? {} : { input: refs(activity.input) }),
      ...(activity.output === undefined ? {} : { output: { ref: activity.output } }),
      ...(activity.maxActiveInstances === undefined
        ? {}
        : { maxActiveInstances: String(activity.maxActiveInstances) }),
      ...(activity.attemptTimeoutSeconds === undefined
        ? {}
        : { attemptTimeout: `${activity.attemptTimeoutSeconds} seconds` }),
      ...(activity.condition === undefined ? {} : { condition: conditionText(activity.condition) }),
      ...checked(activity.id),
    })),
  ];
}

const LETTER: Readonly<Record<Deed, string>> = { ok: 'o', fail: 'f', hang: 'h' };

/** `<seconds> <file or ->  <interval start>=<a letter for each attempt> …`, as work.sh takes them. */
function commandArguments(pipeline: ChaosPipeline, activity: ChaosActivity): string {
  const schedule = pipeline.schedules.find((each) => each.id === activity.schedule);
  if (schedule === undefined) throw new Error(`No schedule ${activity.schedule}`);
  const deeds = activity.deeds.flatMap((each, index) =>
    each.length === 0 ? [] : [`${startOf(schedule, index)}=${each.map((deed) => LETTER[deed]).join('')}`],
  );
  const file = activity.output === undefined ? '-' : '#{output.filePath}';
  return [String(activity.workSeconds), `'${file}'`, ...deeds].join(' ');
}

function conditionText({ kind, of }: ChaosCondition): string {
  if (kind === 'notFailed') return 'not failed()';
  return `${kind}(${of === undefined ? '' : `'${of}'`})`;
}
