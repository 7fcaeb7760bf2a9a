import { ACTIONS, type Action } from '../access/actions.js';

/**
 * When a call of an action has a record: `change`, always, and it is noted before it changes anything; `gives`, when it gave something
 * that may hold secrets; `never`, unless it is refused.
 */
export type AuditRule = 'change' | 'gives' | 'never';

/** Actions whose rule is not that of their kind. */
const EXCEPTIONS: Partial<Record<Action, AuditRule>> = {
  // A task has its secrets open. Polls that come back with nothing are most of all calls.
  'datapipeline:PollForTask': 'gives',
  // Signs of life, one a minute and task. What comes of the task is told by SetTaskStatus.
  'datapipeline:ReportTaskProgress': 'never',
  'datapipeline:ReportTaskRunnerHeartbeat': 'never',
};

/** The rule of an action: whatever is not known to read only is taken for a change. */
export function auditRuleOf(action: string): AuditRule {
  if (!isAction(action)) return 'change';
  return EXCEPTIONS[action] ?? (ACTIONS[action].kind === 'write' ? 'change' : 'never');
}

/** The action of an operation as a call names it: AWS's endpoint gives the bare name. */
export function actionOf(operation: string): string {
  return operation.includes(':') ? operation : `datapipeline:${operation}`;
}

function isAction(action: string): action is Action {
  return Object.hasOwn(ACTIONS, action);
}
