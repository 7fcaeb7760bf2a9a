import { literalOf, matches, patternOf } from './pattern.js';
import { valueParts } from './policy-variables.js';
import type { Principal } from './principal.js';

/** Tests of a condition. */
const TESTS = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
] as const;
type Test = (typeof TESTS)[number] | 'Null';

/** Operators of conditions, without what may stand before and after. */
export const OPERATORS: readonly string[] = [...TESTS, 'Null'];

/** An operator, taken apart. */
export interface ConditionOperator {
  readonly test: Test;
  /** `ForAnyValue:` or `ForAllValues:`. */
  readonly set?: 'any' | 'all';
  readonly ifExists: boolean;
}

/** What a condition looks at. */
export type ConditionKey =
  | {
      readonly name:
        | 'datapipeline:PipelineCreator'
        | 'datapipeline:workerGroup'
        | 'aws:TagKeys'
        | 'aws:PrincipalArn'
        | 'aws:userid'
        | 'aws:username';
    }
  | { readonly name: 'datapipeline:Tag' | 'aws:RequestTag'; readonly tag: string };

/** One condition of a statement. */
export interface PolicyCondition extends ConditionOperator {
  readonly key: ConditionKey;
  readonly values: readonly string[];
}

/** Keys of conditions, as messages name them. */
export const CONDITION_KEYS: readonly string[] = [
  'datapipeline:PipelineCreator',
  'datapipeline:Tag/<key>',
  'datapipeline:workerGroup',
  'aws:ResourceTag/<key>',
  'aws:RequestTag/<key>',
  'aws:TagKeys',
  'aws:PrincipalArn',
  'aws:userid',
  'aws:username',
];

/** A tag of a request; of RemoveTags only the key. */
export interface RequestTag {
  readonly key: string;
  readonly value?: string;
}

/** What conditions are about, of one call. Absent: there is none. `unknown`: not looked up yet. */
export interface AccessFacts {
  readonly pipeline?: PipelineFacts | 'unknown';
  /** Of a poll or a task its group; of a definition all groups that its objects name. */
  readonly workerGroups?: readonly string[] | 'unknown';
  /** Of CreatePipeline, AddTags, RemoveTags. */
  readonly requestTags?: readonly RequestTag[] | 'unknown';
}

/** What of a pipeline conditions may be about. */
export interface PipelineFacts {
  readonly creator: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** Whether a condition holds; `maybe` when it is about something that is unknown. */
export type Truth = 'yes' | 'no' | 'maybe';

/** An operator of a policy, as `ForAnyValue:StringLikeIfExists`; undefined for what is none. */
export function parseOperator(text: string): ConditionOperator | undefined {
  const parts = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(text);
  if (parts === null) return undefined;
  const [, set, name, ifExists] = parts;
  if (name === 'Null') return set === undefined && !ifExists ? { test: 'Null', ifExists: false } : undefined;
  const test = TESTS.find((each) => each === name);
  if (test === undefined) return undefined;
  const sets = { ForAnyValue: 'any', ForAllValues: 'all' } as const;
  return {
    test,
    ...(set === undefined ? {} : { set: sets[set as keyof typeof sets] }),
    ifExists: ifExists !== undefined,
  };
}

/** A key of a condition; its name in any case, that of a tag as it is (tags are case-sensitive). Undefined for what is none. */
export function parseConditionKey(text: string): ConditionKey | undefined {
  const tagged = /^(datapipeline:Tag|aws:ResourceTag|aws:RequestTag)\/(.+)$/is.exec(text);
  if (tagged?.[2] !== undefined)
    return {
      name: tagged[1]?.toLowerCase() === 'aws:requesttag' ? 'aws:RequestTag' : 'datapipeline:Tag',
      tag: tagged[2],
    };
  const name = CONDITION_KEYS.find((each) => each.toLowerCase() === text.toLowerCase());
  return name === undefined || name.endsWith('>')
    ? undefined
    : ({ name } as Exclude<ConditionKey, { tag: string }>);
}

/**
 * Whether a condition holds for one call. A key that is not there: no test of likeness holds, every test of difference does.
 * Source: IAM's reference, "Condition operators". Our choice, for AWS leaves it open: a test without ForAnyValue or ForAllValues
 * on several values (the worker groups of a definition) must hold for all of them to allow, and for one of them to deny.
 */
export function conditionHolds(
  condition: PolicyCondition,
  effect: 'Allow' | 'Deny',
  facts: AccessFacts,
  principal: Principal,
): Truth {
  const { test, set, ifExists, key, values } = condition;
  const actual = valuesOf(key, facts, principal);
  if (actual === 'unknown') return 'maybe';
  const isThere = actual !== undefined && actual.length > 0;
  if (test === 'Null') return truth(values.some((each) => (each.toLowerCase() === 'true') !== isThere));
  const isNegated = test.includes('Not');
  if (!isThere) return truth(set === 'all' || ifExists || (isNegated && set !== 'any'));
  const holds = (value: string): boolean =>
    values.some((expected) => isAlike(test, expected, value, principal)) !== isNegated;
  const mustAll = set === 'all' || (set === undefined && effect === 'Allow');
  return truth(mustAll ? actual.every(holds) : actual.some(holds));
}

function isAlike(test: Test, expected: string, value: string, principal: Principal): boolean {
  const parts = valueParts(expected, principal);
  if (test === 'StringLike' || test === 'StringNotLike') {
    const pattern = parts.flatMap(({ text, isLiteral }) => (isLiteral ? literalOf(text) : patternOf(text)));
    return matches(pattern, value);
  }
  const text = parts.map((part) => part.text).join('');
  return test.endsWith('IgnoreCase') ? text.toLowerCase() === value.toLowerCase() : text === value;
}

function valuesOf(
  key: ConditionKey,
  { pipeline, workerGroups, requestTags }: AccessFacts,
  principal: Principal,
): readonly string[] | 'unknown' | undefined {
  switch (key.name) {
    case 'datapipeline:PipelineCreator':
      return pipeline === 'unknown' || pipeline === undefined ? pipeline : [pipeline.creator];
    case 'datapipeline:Tag':
      return pipeline === 'unknown' || pipeline === undefined ? pipeline : tagged(pipeline.tags, key.tag);
    case 'aws:RequestTag':
      return requestTags === 'unknown' ? requestTags : tagged(requestTags ?? [], key.tag);
    case 'aws:TagKeys':
      return requestTags === 'unknown' ? requestTags : requestTags?.map((tag) => tag.key);
    case 'datapipeline:workerGroup':
      return workerGroups;
    case 'aws:PrincipalArn':
    case 'aws:userid':
      return [principal.arn];
    case 'aws:username':
      return [principal.name];
  }
}

function tagged(tags: readonly RequestTag[], key: string): string[] {
  return tags.filter((tag) => tag.key === key).flatMap(({ value }) => (value === undefined ? [] : [value]));
}

function truth(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}
