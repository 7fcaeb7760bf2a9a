import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, isAction, type Action } from './actions.js';
import { decide, dependsOn, RUNNER_ACTIONS } from './decide.js';
import type { AccessFacts } from './policy-condition.js';
import { ROLES, type Principal, type Role } from './principal.js';

const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

function principal(rights: Partial<Principal>): Principal {
  return {
    arn: 'arn:aws:iam::000000000000:user/alice',
    name: 'alice',
    by: 'access-key',
    credentialId: 'PSK1',
    policies: [],
    ...rights,
  };
}
const may = (rights: Partial<Principal>, action: Action, facts: AccessFacts = {}): boolean =>
  decide(principal(rights), { action, ...facts }).allowed;

/** What each role may do, written out: viewer, operator, editor, admin; and a worker-group credential, of its own group. */
const TABLE: Readonly<Record<Action, string>> = {
  'datapipeline:ActivatePipeline': '- yes yes yes | -',
  'datapipeline:AddTags': '- - yes yes | -',
  'datapipeline:CreatePipeline': '- - yes yes | -',
  'datapipeline:DeactivatePipeline': '- yes yes yes | -',
  'datapipeline:DeletePipeline': '- - yes yes | -',
  'datapipeline:DescribeObjects': 'yes yes yes yes | -',
  'datapipeline:DescribePipelines': 'yes yes yes yes | -',
  'datapipeline:EvaluateExpression': 'yes yes yes yes | yes',
  'datapipeline:GetPipelineDefinition': 'yes yes yes yes | -',
  'datapipeline:ListPipelines': 'yes yes yes yes | -',
  'datapipeline:PollForTask': '- yes yes yes | yes',
  'datapipeline:PutPipelineDefinition': '- - yes yes | -',
  'datapipeline:QueryObjects': 'yes yes yes yes | -',
  'datapipeline:RemoveTags': '- - yes yes | -',
  'datapipeline:ReportTaskProgress': '- yes yes yes | yes',
  'datapipeline:ReportTaskRunnerHeartbeat': '- yes yes yes | yes',
  'datapipeline:SetStatus': '- yes yes yes | -',
  'datapipeline:SetTaskStatus': '- yes yes yes | yes',
  'datapipeline:ValidatePipelineDefinition': 'yes yes yes yes | -',
  'penstock:ChangePipeline': '- - yes yes | -',
  'penstock:ExplainInstance': 'yes yes yes yes | -',
  'penstock:GetLogs': 'yes yes yes yes | -',
  'penstock:ListSchedules': 'yes yes yes yes | -',
  'penstock:ListBackfills': 'yes yes yes yes | -',
  'penstock:DescribeBackfill': 'yes yes yes yes | -',
  'penstock:StartBackfill': '- yes yes yes | -',
  'penstock:PauseBackfill': '- yes yes yes | -',
  'penstock:ResumeBackfill': '- yes yes yes | -',
  'penstock:CancelBackfill': '- yes yes yes | -',
  'penstock:DescribeCaller': 'yes yes yes yes | -',
  'penstock:GetMetrics': 'yes yes yes yes | -',
  'penstock:GetRetention': 'yes yes yes yes | -',
  'penstock:ListObjectTypes': 'yes yes yes yes | -',
  'penstock:ListTemplates': 'yes yes yes yes | -',
  'penstock:ListWorkers': 'yes yes yes yes | -',
  'penstock:PlanDefinition': 'yes yes yes yes | -',
  'penstock:ValidateDefinition': 'yes yes yes yes | -',
  'penstock:WatchEvents': 'yes yes yes yes | -',
  'penstock:ListKeys': '- - - yes | -',
  'penstock:DescribeKey': '- - - yes | -',
  'penstock:CreateKey': '- - - yes | -',
  'penstock:RotateKey': '- - - yes | -',
  'penstock:RevokeKey': '- - - yes | -',
  'penstock:ReadAudit': '- - - yes | -',
};

describe('roles and worker groups', () => {
  it.each(Object.entries(TABLE))('%s: %s', (name, expected) => {
    if (!isAction(name)) throw new Error(`${name} is no action`);
    const roles = ROLES.map((role) => (may({ role }, name) ? 'yes' : '-')).join(' ');
    const ofGroup = may({ workerGroups: ['etl'] }, name, { workerGroups: ['etl'] }) ? 'yes' : '-';
    expect(`${roles} | ${ofGroup}`).toBe(expected);
  });

  it('has a row for each action', () => {
    expect(Object.keys(TABLE).toSorted()).toEqual(ACTION_NAMES.toSorted());
  });

  it.each([
    ['its own group', ['etl'], true],
    ['another group', ['prod'], false],
    ['a group that differs in case', ['ETL'], false],
    ['its own group and another', ['etl', 'prod'], false],
    ['no group', [], false],
    ['a group that begins the same', ['etl2'], false],
  ])('lets a worker-group credential serve %s: %j', (_what, workerGroups, expected) => {
    for (const action of RUNNER_ACTIONS)
      expect(may({ workerGroups: ['etl', 'batch'] }, action, { workerGroups })).toBe(
        // A heartbeat that names no group tells nothing.
        expected || (workerGroups.length === 0 && action === 'datapipeline:ReportTaskRunnerHeartbeat'),
      );
  });

  it('lets a worker-group credential do no more by a role or a policy', () => {
    const rights = { workerGroups: ['etl'], role: 'admin', policies: [ALLOW_ALL] } as const;
    for (const action of ACTION_NAMES.filter((each) => !RUNNER_ACTIONS.includes(each)))
      expect(may(rights, action, { workerGroups: ['etl'] })).toBe(false);
  });

  it('lets nobody do anything who has no rights', () => {
    for (const action of ACTION_NAMES) expect(may({}, action)).toBe(false);
  });
});

const ALLOW_ALL = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
const statement = (members: object): object => ({
  Version: '2012-10-17',
  Statement: [{ Resource: '*', ...members }],
});
const mine = { creator: 'arn:aws:iam::000000000000:user/alice', tags: [] };
const others = { creator: 'arn:aws:iam::000000000000:user/bob', tags: [] };
const tagged = (environment: string) => ({
  creator: 'x',
  tags: [{ key: 'environment', value: environment }],
});

/** The examples of AWS's developer guide, and what they are to mean. */
describe("policies of AWS's guide", () => {
  const readProduction = statement({
    Effect: 'Allow',
    Action: [
      'datapipeline:Describe*',
      'datapipeline:GetPipelineDefinition',
      'datapipeline:ValidatePipelineDefinition',
      'datapipeline:QueryObjects',
    ],
    Resource: ['*'],
    Condition: { StringEquals: { 'datapipeline:Tag/environment': 'production' } },
  });
  const allOfTest = statement({
    Effect: 'Allow',
    Action: ['datapipeline:*'],
    Condition: { StringEquals: { 'datapipeline:Tag/environment': 'test' } },
  });
  const allOfOwn = statement({
    Effect: 'Allow',
    Action: ['datapipeline:*'],
    Condition: { StringEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } },
  });
  const denyUnlessOwn = statement({
    Effect: 'Deny',
    Action: ['datapipeline:DeletePipeline', 'datapipeline:PutPipelineDefinition'],
    Condition: { StringNotEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } },
  });
  const developers = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['datapipeline:Describe*', 'datapipeline:ListPipelines', 'datapipeline:QueryObjects'],
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Action: 'datapipeline:*',
        Resource: '*',
        Condition: { StringNotEquals: { 'datapipeline:Tag/environment': 'production' } },
      },
    ],
  };
  const developerGroups = statement({
    Effect: 'Allow',
    Action: 'datapipeline:*',
    Condition: { StringLike: { 'datapipeline:workerGroup': ['dev*', 'pre-prod*'] } },
  });
  const groupsOf = (effect: 'Allow' | 'Deny') =>
    statement({
      Effect: effect,
      Action: 'penstock:ListWorkers',
      Condition: { StringLike: { 'datapipeline:workerGroup': 'dev*' } },
    });
  it.each([
    ['dev-1', false],
    ['prod', true],
  ])('denies a viewer the runners of dev* only: %s', (group, expected) => {
    const rights = { role: 'viewer', policies: [groupsOf('Deny')] } as const;
    expect(may(rights, 'penstock:ListWorkers', { workerGroups: [group] })).toBe(expected);
  });
  it.each<[string, object, Action, AccessFacts, boolean]>([
    ['tag fits', readProduction, 'datapipeline:DescribeObjects', { pipeline: tagged('production') }, true],
    ['tag differs', readProduction, 'datapipeline:DescribeObjects', { pipeline: tagged('test') }, false],
    [
      'tag differs in case',
      readProduction,
      'datapipeline:DescribeObjects',
      { pipeline: tagged('Production') },
      false,
    ],
    ['no tag', readProduction, 'datapipeline:DescribeObjects', { pipeline: mine }, false],
    [
      'an action that is not named',
      readProduction,
      'datapipeline:DeletePipeline',
      { pipeline: tagged('production') },
      false,
    ],
    ['all of a tag', allOfTest, 'datapipeline:DeletePipeline', { pipeline: tagged('test') }, true],
    ['ListPipelines knows no tags', allOfTest, 'datapipeline:ListPipelines', {}, false],
    ['datapipeline:* is not penstock:*', allOfTest, 'penstock:GetLogs', { pipeline: tagged('test') }, false],
    ['own', allOfOwn, 'datapipeline:ActivatePipeline', { pipeline: mine }, true],
    ["another's", allOfOwn, 'datapipeline:ActivatePipeline', { pipeline: others }, false],
    ['a deny alone allows nothing', denyUnlessOwn, 'datapipeline:DeletePipeline', { pipeline: mine }, false],
    [
      'read of production',
      developers,
      'datapipeline:DescribeObjects',
      { pipeline: tagged('production') },
      true,
    ],
    ['write of production', developers, 'datapipeline:SetStatus', { pipeline: tagged('production') }, false],
    ['write of development', developers, 'datapipeline:SetStatus', { pipeline: tagged('development') }, true],
    ['write without the tag', developers, 'datapipeline:SetStatus', { pipeline: mine }, true],
    ['a group that fits', developerGroups, 'datapipeline:PollForTask', { workerGroups: ['dev-1'] }, true],
    [
      'a group that does not',
      developerGroups,
      'datapipeline:PollForTask',
      { workerGroups: ['prodresource'] },
      false,
    ],
    [
      'runners of a group that fits',
      groupsOf('Allow'),
      'penstock:ListWorkers',
      { workerGroups: ['dev-1'] },
      true,
    ],
    ['runners of another', groupsOf('Allow'), 'penstock:ListWorkers', { workerGroups: ['prod'] }, false],
    [
      'runners before the group is known',
      groupsOf('Allow'),
      'penstock:ListWorkers',
      { workerGroups: 'unknown' },
      true,
    ],
    ['polling is not listing', developerGroups, 'penstock:ListWorkers', { workerGroups: ['dev-1'] }, false],
    [
      'a definition of two groups that fit',
      developerGroups,
      'datapipeline:PutPipelineDefinition',
      { pipeline: mine, workerGroups: ['dev-1', 'pre-prod-2'] },
      true,
    ],
    [
      'a definition with one that does not',
      developerGroups,
      'datapipeline:PutPipelineDefinition',
      { pipeline: mine, workerGroups: ['dev-1', 'prodresource'] },
      false,
    ],
    [
      'a definition without groups',
      developerGroups,
      'datapipeline:PutPipelineDefinition',
      { pipeline: mine, workerGroups: [] },
      false,
    ],
  ])('%s', (_name, policy, action, facts, expected) => {
    expect(may({ policies: [policy] }, action, facts)).toBe(expected);
  });

  it('lets a deny win over a role and over another policy', () => {
    const rights = { role: 'admin', policies: [denyUnlessOwn, ALLOW_ALL] } as const;
    expect(may(rights, 'datapipeline:DeletePipeline', { pipeline: others })).toBe(false);
    expect(may(rights, 'datapipeline:DeletePipeline', { pipeline: mine })).toBe(true);
    expect(may(rights, 'datapipeline:DescribeObjects', { pipeline: others })).toBe(true);
  });
});

describe('conditions', () => {
  const holds = (condition: object, facts: AccessFacts, effect = 'Allow'): boolean => {
    const policy = statement({ Effect: effect, Action: '*', Condition: condition });
    const policies = effect === 'Allow' ? [policy] : [ALLOW_ALL, policy];
    const { allowed } = decide(principal({ policies }), {
      action: 'datapipeline:PutPipelineDefinition',
      ...facts,
    });
    return effect === 'Allow' ? allowed : !allowed;
  };
  const tag = (operator: string, value: string | string[] | boolean) => ({
    [operator]: { 'datapipeline:Tag/environment': value },
  });
  const groups = (operator: string, value: string | string[]) => ({
    [operator]: { 'datapipeline:workerGroup': value },
  });
  it.each<[object, AccessFacts, boolean]>([
    [tag('StringEquals', ['a', 'test']), { pipeline: tagged('test') }, true],
    [tag('StringNotEquals', ['a', 'test']), { pipeline: tagged('test') }, false],
    [tag('StringNotEquals', 'a'), { pipeline: mine }, true],
    [tag('StringEqualsIgnoreCase', 'TEST'), { pipeline: tagged('test') }, true],
    [tag('StringNotEqualsIgnoreCase', 'TEST'), { pipeline: tagged('test') }, false],
    [tag('StringLike', 't?s*'), { pipeline: tagged('test') }, true],
    [tag('StringLike', 'T*'), { pipeline: tagged('test') }, false],
    [tag('StringEquals', 't*'), { pipeline: tagged('test') }, false],
    [tag('StringNotLike', 't*'), { pipeline: tagged('test') }, false],
    [tag('StringEqualsIfExists', 'a'), { pipeline: mine }, true],
    [tag('StringEqualsIfExists', 'a'), { pipeline: tagged('test') }, false],
    [tag('Null', 'true'), { pipeline: mine }, true],
    [tag('Null', 'true'), { pipeline: tagged('test') }, false],
    [tag('Null', false), { pipeline: tagged('test') }, true],
    [tag('StringLike', '${*}*'), { pipeline: tagged('*x') }, true],
    [tag('StringLike', '${*}*'), { pipeline: tagged('xx') }, false],
    [groups('ForAnyValue:StringEquals', 'dev'), { workerGroups: ['dev', 'prod'] }, true],
    [groups('ForAnyValue:StringEquals', 'dev'), { workerGroups: ['prod'] }, false],
    [groups('ForAnyValue:StringNotEquals', 'dev'), { workerGroups: [] }, false],
    [groups('ForAllValues:StringLike', 'dev*'), { workerGroups: ['dev1', 'dev2'] }, true],
    [groups('ForAllValues:StringLike', 'dev*'), { workerGroups: ['dev1', 'prod'] }, false],
    [groups('ForAllValues:StringLike', 'dev*'), { workerGroups: [] }, true],
    [groups('StringNotLike', 'prod*'), { workerGroups: ['dev', 'prod1'] }, false],
    [{ StringEquals: { 'aws:username': 'alice' } }, {}, true],
    [{ StringEquals: { 'AWS:PrincipalArn': 'arn:aws:iam::000000000000:user/bob' } }, {}, false],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }, { requestTags: [{ key: 'cost' }] }, false],
    [{ StringEquals: { 'aws:RequestTag/team': 'a' } }, { requestTags: [{ key: 'team', value: 'a' }] }, true],
    [{ StringEquals: { 'aws:ResourceTag/environment': 'test' } }, { pipeline: tagged('test') }, true],
    [
      { ...tag('StringEquals', 'test'), ...groups('StringLike', 'x') },
      { pipeline: tagged('test'), workerGroups: ['y'] },
      false,
    ],
  ])('%j on %j: %s', (condition, facts, expected) => {
    expect(holds(condition, facts)).toBe(expected);
  });

  it('denies for one of several values, and allows for all of them only', () => {
    const prod = groups('StringLike', 'prod*');
    expect(holds(prod, { workerGroups: ['dev', 'prod1'] }, 'Deny')).toBe(true);
    expect(holds(prod, { workerGroups: ['dev', 'prod1'] }, 'Allow')).toBe(false);
  });

  it('takes NotAction for all others', () => {
    const policies = [statement({ Effect: 'Allow', NotAction: ['penstock:*', 'datapipeline:Delete*'] })];
    expect(may({ policies }, 'datapipeline:SetStatus')).toBe(true);
    expect(may({ policies }, 'datapipeline:DeletePipeline')).toBe(false);
    expect(may({ policies }, 'penstock:CreateKey')).toBe(false);
  });

  it('lets nobody do anything with a policy that cannot be read', () => {
    for (const broken of [{ Statement: [{ Effect: 'Maybe' }] }, 'text', null])
      expect(may({ role: 'admin', policies: [broken] }, 'datapipeline:ListPipelines')).toBe(false);
  });
});

describe('decide, whatever the policies', () => {
  const actions = fc.constantFrom(...ACTION_NAMES);
  const texts = fc.constantFrom('a', 'b', 'dev', 'prod', '*', 'd*', '${aws:userid}');
  const condition = fc.oneof(
    fc
      .record({
        operator: fc.constantFrom(
          'StringEquals',
          'StringNotEquals',
          'StringLike',
          'ForAnyValue:StringLike',
          'ForAllValues:StringNotLike',
          'StringEqualsIfExists',
        ),
        key: fc.constantFrom(
          'datapipeline:Tag/t',
          'datapipeline:workerGroup',
          'aws:RequestTag/t',
          'aws:TagKeys',
        ),
        value: texts,
      })
      .map(({ operator, key, value }) => ({ [operator]: { [key]: value } })),
    fc.constant({}),
  );
  const policy = fc
    .array(
      fc.record({
        Effect: fc.constantFrom('Allow', 'Deny'),
        Action: fc.oneof(
          actions,
          fc.constantFrom('*', 'datapipeline:*', 'datapipeline:Describe*', 'penstock:*'),
        ),
        Resource: fc.constant('*'),
        Condition: condition,
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((list): object => ({ Version: '2012-10-17', Statement: list }));
  const rights = fc
    .record({
      role: fc.option(fc.constantFrom<Role>(...ROLES), { nil: undefined }),
      policies: fc.array(policy, { maxLength: 3 }),
    })
    .map(({ role, policies }) => principal({ policies, ...(role === undefined ? {} : { role }) }));
  const facts = fc.record({
    pipeline: fc.record({
      creator: texts,
      tags: fc.array(fc.record({ key: fc.constant('t'), value: texts }), { maxLength: 1 }),
    }),
    workerGroups: fc.array(texts, { maxLength: 3 }),
    requestTags: fc.array(fc.record({ key: fc.constantFrom('t', 'u'), value: texts }), { maxLength: 2 }),
  });

  it('denies what any policy of its own denies: a further Allow never does away with a Deny', () => {
    fc.assert(
      fc.property(rights, actions, facts, policy, (who, action, known, more) => {
        const before = decide(who, { action, ...known });
        if (before.allowed || before.because !== 'a policy denies it') return;
        const after = decide(
          { ...who, role: 'admin', policies: [...who.policies, ALLOW_ALL, more] },
          { action, ...known },
        );
        expect(after.allowed).toBe(false);
      }),
    );
  });

  it('allows without a role only what some Allow statement is about', () => {
    fc.assert(
      fc.property(rights, actions, facts, ({ policies }, action, known) => {
        const denyOnly = policies.map((each) => ({
          ...(each as object),
          Statement: (each as { Statement: { Effect: string }[] }).Statement.map((one) => ({
            ...one,
            Effect: 'Deny',
          })),
        }));
        expect(decide(principal({ policies: denyOnly }), { action, ...known }).allowed).toBe(false);
      }),
    );
  });

  it('lets every role do what the roles below it may, under the same policies', () => {
    fc.assert(
      fc.property(rights, actions, facts, (who, action, known) => {
        const allowed = ROLES.map((role) => decide({ ...who, role }, { action, ...known }).allowed);
        expect(allowed).toEqual(allowed.toSorted((one, other) => Number(one) - Number(other)));
      }),
    );
  });

  it('refuses while something is unknown only what is refused whatever it turns out to be', () => {
    fc.assert(
      fc.property(rights, actions, facts, (who, action, known) => {
        const unknown = { pipeline: 'unknown', workerGroups: 'unknown', requestTags: 'unknown' } as const;
        if (decide(who, { action, ...known }).allowed) {
          expect(decide(who, { action, ...unknown }).allowed).toBe(true);
          expect(decide(who, { action, ...unknown, pipeline: known.pipeline }).allowed).toBe(true);
        }
      }),
    );
  });

  it('gives the same answer for every pipeline and every group where it says that they do not matter', () => {
    fc.assert(
      fc.property(rights, actions, facts, facts, (who, action, one, other) => {
        const { requestTags } = one;
        const pipeline = dependsOn(who, action, 'pipeline') ? one.pipeline : other.pipeline;
        const workerGroups = dependsOn(who, action, 'workerGroups') ? one.workerGroups : other.workerGroups;
        expect(decide(who, { action, pipeline, workerGroups, requestTags })).toEqual(
          decide(who, { action, ...one }),
        );
      }),
    );
  });
});
