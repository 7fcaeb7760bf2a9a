import { traitsOf, type Action } from './actions.js';
import { readPolicy, type Policy, type PolicyStatement } from './policy.js';
import { conditionHolds, type AccessFacts, type Truth } from './policy-condition.js';
import { ROLES, type Principal, type Role } from './principal.js';

/** What is asked for. */
export interface AccessRequest extends AccessFacts {
  readonly action: Action;
}

/** The answer, and why. */
export type Decision =
  | { readonly allowed: true; readonly because: 'role' | 'policy' | 'worker group' }
  | { readonly allowed: false; readonly because: 'nothing allows it' | 'a policy denies it' };

/** What a worker-group credential may do, for its groups: what a task runner needs, and nothing else. */
export const RUNNER_ACTIONS: readonly Action[] = [
  'datapipeline:PollForTask',
  'datapipeline:ReportTaskProgress',
  'datapipeline:SetTaskStatus',
  'datapipeline:ReportTaskRunnerHeartbeat',
  'datapipeline:EvaluateExpression',
];

/** Whether a role may do an action. */
export function roleMay(role: Role, action: Action): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(traitsOf(action).leastRole);
}

/**
 * Whether a principal may do what is asked for: a policy that denies wins; else its role, a policy or its worker group must
 * allow it. What is `unknown` may still turn out to allow it, and does not deny: then the answer is that it may be allowed.
 */
export function decide(principal: Principal, request: AccessRequest): Decision {
  const { role, workerGroups } = principal;
  const policies = principal.policies.map(compiled);
  // A policy that cannot be read may have denied anything.
  if (policies.includes(undefined)) return { allowed: false, because: 'a policy denies it' };
  const statements = policies.flatMap((policy) => policy?.statements ?? []);
  const holding = (effect: 'Allow' | 'Deny', least: readonly Truth[]): boolean =>
    statements.some((each) => each.effect === effect && least.includes(applies(each, request, principal)));
  if (holding('Deny', ['yes'])) return { allowed: false, because: 'a policy denies it' };
  if (workerGroups !== undefined) {
    return mayRun(workerGroups, request)
      ? { allowed: true, because: 'worker group' }
      : { allowed: false, because: 'nothing allows it' };
  }
  if (role !== undefined && roleMay(role, request.action)) return { allowed: true, because: 'role' };
  if (holding('Allow', ['yes', 'maybe'])) return { allowed: true, because: 'policy' };
  return { allowed: false, because: 'nothing allows it' };
}

/** Whether the answer for this action depends on which pipeline it is, or on the worker groups that its definition names. */
export function dependsOn(principal: Principal, action: Action, what: 'pipeline' | 'workerGroups'): boolean {
  if (what === 'workerGroups' && principal.workerGroups !== undefined) return RUNNER_ACTIONS.includes(action);
  return principal.policies.some((document) =>
    compiled(document)?.statements.some(
      ({ actions, conditions }) =>
        actions.has(action) &&
        conditions.some(({ key: { name } }) =>
          what === 'workerGroups'
            ? name === 'datapipeline:workerGroup'
            : name === 'datapipeline:PipelineCreator' || name === 'datapipeline:Tag',
        ),
    ),
  );
}

function applies(statement: PolicyStatement, request: AccessRequest, principal: Principal): Truth {
  if (!statement.actions.has(request.action)) return 'no';
  let all: Truth = 'yes';
  for (const condition of statement.conditions) {
    const holds = conditionHolds(condition, statement.effect, request, principal);
    if (holds === 'no') return 'no';
    if (holds === 'maybe') all = 'maybe';
  }
  return all;
}

function mayRun(own: readonly string[], { action, workerGroups }: AccessRequest): boolean {
  if (!RUNNER_ACTIONS.includes(action)) return false;
  if (workerGroups === 'unknown') return true;
  const groups = workerGroups ?? [];
  // A heartbeat need not say which group it is of, and tells nothing.
  if (groups.length === 0) return action === 'datapipeline:ReportTaskRunnerHeartbeat';
  return groups.every((group) => own.includes(group));
}

const cache = new WeakMap<object, { readonly policy: Policy | undefined }>();

/** The checked policy of a document; undefined when it cannot be used. Read once a document. */
function compiled(document: unknown): Policy | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const known = cache.get(document) ?? { policy: readPolicy(document).policy };
  cache.set(document, known);
  return known.policy;
}
