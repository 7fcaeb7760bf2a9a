import { didYouMean, listed, nearestName } from '../expression/suggest.js';
import { ACTIONS, type Action } from './actions.js';
import { matches, patternOf } from './pattern.js';
import {
  CONDITION_KEYS,
  OPERATORS,
  parseConditionKey,
  parseOperator,
  type PolicyCondition,
} from './policy-condition.js';
import { variableProblems } from './policy-variables.js';

/** A statement of a policy, checked. */
export interface PolicyStatement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Actions that it is about. */
  readonly actions: ReadonlySet<Action>;
  /** All must hold. */
  readonly conditions: readonly PolicyCondition[];
}

/** An IAM-style policy, checked. */
export interface Policy {
  readonly statements: readonly PolicyStatement[];
}

/** What was read of a policy document. */
export interface ReadPolicy {
  /** Absent when there is a problem. */
  readonly policy?: Policy;
  /** Everything that is wrong with it. */
  readonly problems: readonly string[];
  /** What is in it and has no effect here, such as actions of other AWS services. */
  readonly notes: readonly string[];
}

const VERSIONS = ['2012-10-17', '2008-10-17'];
const POLICY_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'Condition'];
/** Elements that IAM has and that say something which Penstock does not honour. */
const REFUSED_ELEMENTS = ['Principal', 'NotPrincipal', 'NotResource'];
const ACTION_NAMES = Object.keys(ACTIONS) as Action[];
const SERVICES = ['datapipeline', 'penstock'];
/** Names that AWS has, and nobody can call. */
const PERMISSIONS_ONLY = ['datapipeline:GetAccountLimits', 'datapipeline:PutAccountLimits'];

/**
 * Reads a policy as it was written for AWS Data Pipeline. What cannot be honoured is a problem, never left out of account: a
 * condition that is ignored would allow too much, or deny nothing. Only what is about other services is left aside, with a note.
 * Source: AWS's developer guide, "IAM Policies for AWS Data Pipeline"; IAM's reference of JSON policy elements.
 */
export function readPolicy(document: unknown): ReadPolicy {
  const problems: string[] = [];
  const notes: string[] = [];
  if (!isObject(document))
    return { problems: [`the policy is ${said(document)}: expected a JSON object with "Statement"`], notes };
  unknownElements(document, POLICY_ELEMENTS, (text) => void problems.push(`the policy: ${text}`));
  const { Version: version, Statement: given } = document;
  if (version !== undefined && !VERSIONS.includes(version as string))
    problems.push(`Version ${said(version)}: expected "2012-10-17"`);
  const list = Array.isArray(given) ? (given as unknown[]) : given === undefined ? [] : [given];
  if (list.length === 0)
    problems.push('Statement is missing or empty: expected a statement, or a list of them');
  const statements = list.map((each, index) => {
    const sid = isObject(each) && typeof each['Sid'] === 'string' ? each['Sid'] : undefined;
    const place = sid === undefined ? `Statement[${index}]` : `Statement "${sid.slice(0, 100)}"`;
    return readStatement(each, {
      place,
      hasVariables: version === '2012-10-17',
      problem: (text) => void problems.push(`${place}: ${text}`),
      note: (text) => void notes.push(`${place}: ${text}`),
    });
  });
  if (problems.length > 0) return { problems, notes };
  return { policy: { statements: statements.filter((each) => each !== undefined) }, problems, notes };
}

interface Place {
  readonly place: string;
  readonly hasVariables: boolean;
  readonly problem: (text: string) => void;
  readonly note: (text: string) => void;
}

function readStatement(given: unknown, at: Place): PolicyStatement | undefined {
  if (!isObject(given)) {
    at.problem(`is ${said(given)}: expected an object with Effect, Action and Resource`);
    return undefined;
  }
  const { Sid: sid, Effect: effect, Action: action, NotAction: notAction } = given;
  for (const name of REFUSED_ELEMENTS.filter((each) => each in given))
    at.problem(
      name === 'NotResource'
        ? 'NotResource is not supported: expected "Resource": "*"'
        : `${name} is not supported: a policy is of the key that it is given to`,
    );
  unknownElements(given, [...STATEMENT_ELEMENTS, ...REFUSED_ELEMENTS], at.problem);
  if (effect !== 'Allow' && effect !== 'Deny')
    at.problem(`Effect ${said(effect)}: expected "Allow" or "Deny"`);
  if ((action === undefined) === (notAction === undefined)) {
    at.problem(
      action === undefined
        ? 'Action is missing: expected Action or NotAction'
        : 'has both Action and NotAction: expected one of them',
    );
    return undefined;
  }
  const element = action === undefined ? 'NotAction' : 'Action';
  const patterns = textsOf(action ?? notAction);
  if (patterns === undefined) {
    at.problem(`${element} ${said(action ?? notAction)}: expected a text or a list of texts`);
    return undefined;
  }
  const ours = patterns.filter((pattern) => !isForeign(pattern));
  const foreign = patterns.filter(isForeign);
  if (foreign.length > 0)
    at.note(`${listed(foreign, 5)}: of another service, on which Penstock does not decide`);
  // A statement about other services alone: whatever else it says is none of our business.
  if (element === 'Action' && ours.length === 0) return undefined;
  const named = new Set(ours.flatMap((pattern) => actionsOf(pattern, element, at)));
  checkResource(given['Resource'], at);
  const conditions = readConditions(given['Condition'], at);
  return {
    ...(typeof sid === 'string' ? { sid } : {}),
    effect: effect === 'Deny' ? 'Deny' : 'Allow',
    actions: element === 'Action' ? named : new Set(ACTION_NAMES.filter((name) => !named.has(name))),
    conditions,
  };
}

/** Of a service that is neither ours nor nearly so written. */
function isForeign(pattern: string): boolean {
  const service = /^([a-z0-9-]+):/i.exec(pattern)?.[1]?.toLowerCase();
  return service !== undefined && nearestName(service, SERVICES) === undefined;
}

function actionsOf(pattern: string, element: string, at: Place): Action[] {
  const compiled = patternOf(pattern.toLowerCase());
  const found = ACTION_NAMES.filter((name) => matches(compiled, name.toLowerCase()));
  if (found.length > 0) return found;
  if (PERMISSIONS_ONLY.some((name) => matches(compiled, name.toLowerCase()))) {
    at.note(`${said(pattern)}: there is no such limit here`);
  } else {
    const hint = didYouMean(pattern, ACTION_NAMES);
    at.problem(
      `${element} ${said(pattern)} is no action${hint === '' ? ': expected such as "datapipeline:DescribePipelines", "datapipeline:Describe*", "penstock:GetLogs" or "*"' : hint}`,
    );
  }
  return found;
}

function checkResource(given: unknown, { problem }: Place): void {
  const resources = textsOf(given);
  if (given === undefined) problem('Resource is missing: expected "Resource": "*"');
  else if (resources === undefined) problem(`Resource ${said(given)}: expected "*"`);
  else
    for (const resource of resources.filter((each) => each !== '*'))
      problem(
        `Resource ${said(resource)}: expected "*", the only one that AWS Data Pipeline knew; conditions on ` +
          `datapipeline:PipelineCreator and datapipeline:Tag/<key> choose pipelines`,
      );
}

function readConditions(given: unknown, at: Place): PolicyCondition[] {
  if (given === undefined) return [];
  if (!isObject(given)) {
    at.problem(`Condition ${said(given)}: expected {"<operator>": {"<key>": "<value>"}}`);
    return [];
  }
  return Object.entries(given).flatMap(([operatorName, keys]) => {
    const operator = parseOperator(operatorName);
    if (operator === undefined) {
      const hint = didYouMean(operatorName, OPERATORS);
      at.problem(
        `Condition operator ${said(operatorName)} is not known${hint === '' ? `: expected one of ${OPERATORS.join(', ')}; ForAnyValue: or ForAllValues: may stand before it, IfExists after it` : hint}`,
      );
    }
    if (!isObject(keys)) {
      at.problem(`Condition ${said(operatorName)}: ${said(keys)}: expected {"<key>": "<value>"}`);
      return [];
    }
    return Object.entries(keys).flatMap(([keyName, value]): PolicyCondition[] => {
      const key = parseConditionKey(keyName);
      if (key === undefined) at.problem(unknownKey(keyName));
      const values = textsOf(typeof value === 'boolean' ? String(value) : value);
      if (values === undefined) {
        at.problem(
          `Condition ${operatorName} on ${keyName}: ${said(value)}: expected a text or a list of texts`,
        );
        return [];
      }
      if (operator?.test === 'Null' && !values.every((each) => /^(true|false)$/i.test(each)))
        at.problem(`Condition Null on ${keyName}: ${said(value)}: expected "true" or "false"`);
      for (const each of values)
        for (const fault of variableProblems(each, at.hasVariables))
          at.problem(`Condition ${operatorName} on ${keyName}: ${fault}`);
      if (key?.name === 'datapipeline:PipelineCreator' && operator !== undefined && operator.test !== 'Null')
        for (const each of values.filter((text) => !mayBeArn(text)))
          at.problem(
            `Condition ${operatorName} on ${keyName}: ${said(each)} is no creator here: expected "\${aws:userid}" or the ARN that ` +
              `DescribePipelines shows as pipelineCreator, such as "arn:aws:iam::000000000000:user/alice"`,
          );
      return operator === undefined || key === undefined ? [] : [{ ...operator, key, values }];
    });
  });
}

/** An id of AWS such as AIDA… would silently never match. */
function mayBeArn(text: string): boolean {
  return text.startsWith('arn:') || /[*?]/.test(text) || text.includes('${');
}

function unknownKey(name: string): string {
  if (/^(datapipeline:Tag|aws:(Resource|Request)Tag)\/?$/i.test(name))
    return `Condition key ${said(name)} names no tag: expected such as "${name.replace(/\/$/, '')}/environment"`;
  const hint = didYouMean(name, CONDITION_KEYS);
  return `Condition key ${said(name)} is not known here${hint === '' ? `: expected one of ${CONDITION_KEYS.join(', ')}` : hint}`;
}

function unknownElements(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  problem: (text: string) => void,
): void {
  for (const name of Object.keys(given).filter((each) => !known.includes(each)))
    problem(`${said(name)} is not known${didYouMean(name, known)}`);
}

function textsOf(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((each) => typeof each === 'string') ? list : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message quotes it. */
function said(value: unknown): string {
  if (value === undefined) return 'is missing';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
