import type { Role } from './principal.js';

/** What is known of an action, for decisions and documentation. */
export interface ActionTraits {
  /** The least role that may do it; every higher one may too. */
  readonly leastRole: Role;
  /** Whether it changes anything. */
  readonly kind: 'read' | 'write';
  /** What it is decided on: one pipeline, a worker group, or nothing in particular. */
  readonly on: 'pipeline' | 'workerGroup' | 'service';
  /** Policies may be about the worker groups that the pipeline's definition names. Source: as below. */
  readonly namesWorkerGroups?: true;
  /** The input of the call has a part in it (tags, a definition, a worker group): its handler asks again with that. */
  readonly decidedWithInput?: true;
}

const read = (on: ActionTraits['on'] = 'pipeline'): ActionTraits => ({
  leastRole: 'viewer',
  kind: 'read',
  on,
});
const operate = (on: ActionTraits['on'] = 'pipeline'): ActionTraits => ({
  leastRole: 'operator',
  kind: 'write',
  on,
});
const edit = (on: ActionTraits['on'] = 'pipeline'): ActionTraits => ({
  leastRole: 'editor',
  kind: 'write',
  on,
});
const administer = (kind: ActionTraits['kind']): ActionTraits => ({
  leastRole: 'admin',
  kind,
  on: 'service',
});

const withDefinition = { namesWorkerGroups: true, decidedWithInput: true } as const;
const run = { ...operate('workerGroup'), decidedWithInput: true } as const;

/**
 * Every action that may be allowed or denied: AWS's by AWS's names, and `penstock:` ones for what only REST has.
 * Source of names and kinds: AWS's Service Authorization Reference. Our choice: which role is the least; AWS has none.
 */
export const ACTIONS = {
  'datapipeline:ActivatePipeline': { ...operate(), ...withDefinition },
  'datapipeline:AddTags': { ...edit(), decidedWithInput: true },
  'datapipeline:CreatePipeline': { ...edit('service'), decidedWithInput: true },
  'datapipeline:DeactivatePipeline': { ...operate(), namesWorkerGroups: true },
  'datapipeline:DeletePipeline': edit(),
  'datapipeline:DescribeObjects': read(),
  'datapipeline:DescribePipelines': read(),
  'datapipeline:EvaluateExpression': { ...read(), decidedWithInput: true },
  'datapipeline:GetPipelineDefinition': { ...read(), namesWorkerGroups: true },
  'datapipeline:ListPipelines': read('service'),
  'datapipeline:PollForTask': run,
  'datapipeline:PutPipelineDefinition': { ...edit(), ...withDefinition },
  'datapipeline:QueryObjects': read(),
  'datapipeline:RemoveTags': { ...edit(), decidedWithInput: true },
  'datapipeline:ReportTaskProgress': run,
  'datapipeline:ReportTaskRunnerHeartbeat': run,
  'datapipeline:SetStatus': operate(),
  'datapipeline:SetTaskStatus': run,
  'datapipeline:ValidatePipelineDefinition': { ...read(), ...withDefinition },

  'penstock:ChangePipeline': edit(),
  'penstock:ExplainInstance': read(),
  'penstock:GetLogs': read(),
  'penstock:ListSchedules': read(),
  'penstock:ListBackfills': read(),
  'penstock:DescribeBackfill': read(),
  'penstock:StartBackfill': { ...operate(), namesWorkerGroups: true },
  'penstock:PauseBackfill': operate(),
  'penstock:ResumeBackfill': operate(),
  'penstock:CancelBackfill': operate(),

  'penstock:DescribeCaller': read('service'),
  'penstock:GetMetrics': read('service'),
  'penstock:GetRetention': read('service'),
  'penstock:ListObjectTypes': read('service'),
  'penstock:ListTemplates': read('service'),
  'penstock:ListWorkers': { ...read('workerGroup'), decidedWithInput: true },
  'penstock:PlanDefinition': read('service'),
  'penstock:ValidateDefinition': read('service'),
  'penstock:WatchEvents': read('service'),

  'penstock:ListKeys': administer('read'),
  'penstock:DescribeKey': administer('read'),
  'penstock:CreateKey': administer('write'),
  'penstock:RotateKey': administer('write'),
  'penstock:RevokeKey': administer('write'),
  'penstock:ReadAudit': administer('read'),
} as const satisfies Record<string, ActionTraits>;

/** One of `ACTIONS`. */
export type Action = keyof typeof ACTIONS;

/** What is known of an action. */
export function traitsOf(action: Action): ActionTraits {
  return ACTIONS[action];
}

/** Whether a text names an action, exactly. */
export function isAction(text: string): text is Action {
  return Object.hasOwn(ACTIONS, text);
}
