import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literalOf, matches, patternOf } from './pattern.js';
import { readPolicy } from './policy.js';

const GOOD = { Effect: 'Allow', Action: 'datapipeline:*', Resource: '*' };
const problemsOf = (members: object, version: object = { Version: '2012-10-17' }): readonly string[] =>
  readPolicy({ ...version, Statement: [{ ...GOOD, ...members }] }).problems;

describe('readPolicy', () => {
  it.each<[string, object]>([
    ['one statement, no list', { Statement: GOOD }],
    ['an Id and a Sid', { Id: 'x', Version: '2008-10-17', Statement: [{ Sid: 'a', ...GOOD }] }],
    ['actions in any case', { Statement: [{ ...GOOD, Action: 'DataPipeline:describepipelines' }] }],
    [
      'AWS-only permissions',
      { Statement: [{ ...GOOD, Action: ['datapipeline:GetAccountLimits', 'datapipeline:*'] }] },
    ],
  ])('takes %s', (_name, document) => {
    expect(readPolicy(document).problems).toEqual([]);
  });

  it.each<[object, string]>([
    [{ Effect: 'allow' }, 'Effect "allow": expected "Allow" or "Deny"'],
    [
      { Action: 'datapipeline:DescribePipeline' },
      'Action "datapipeline:DescribePipeline" is no action; did you mean "datapipeline:DescribePipelines"?',
    ],
    [{ Action: 'datapipelin:*' }, 'Action "datapipelin:*" is no action'],
    [{ Action: 7 }, 'Action 7: expected a text or a list of texts'],
    [{ Action: undefined }, 'Action is missing: expected Action or NotAction'],
    [{ NotAction: 'penstock:*' }, 'has both Action and NotAction'],
    [{ Resource: undefined }, 'Resource is missing: expected "Resource": "*"'],
    [
      { Resource: 'arn:aws:datapipeline:us-east-1:1:pipeline/df-1' },
      'Resource "arn:aws:datapipeline:us-east-1:1:pipeline/df-1": expected "*"',
    ],
    [{ NotResource: '*' }, 'NotResource is not supported'],
    [{ Principal: '*' }, 'Principal is not supported'],
    [{ Conditions: {} }, '"Conditions" is not known; did you mean "Condition"?'],
    [
      { Condition: { StringEqual: { 'aws:username': 'a' } } },
      'Condition operator "StringEqual" is not known; did you mean "StringEquals"?',
    ],
    [
      { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
      'Condition key "aws:SourceIp" is not known here',
    ],
    [
      { Condition: { StringEquals: { 'datapipeline:Tag': 'a' } } },
      'names no tag: expected such as "datapipeline:Tag/environment"',
    ],
    [
      { Condition: { StringEquals: { 'datapipeline:workergroups': 'a' } } },
      'did you mean "datapipeline:workerGroup"?',
    ],
    [{ Condition: { Null: { 'datapipeline:workerGroup': 'yes' } } }, 'expected "true" or "false"'],
    [
      { Condition: { NullIfExists: { 'datapipeline:workerGroup': 'true' } } },
      'Condition operator "NullIfExists" is not known',
    ],
    [
      { Condition: { StringEquals: { 'aws:username': '${aws:userID}x${aws:FederatedProvider}' } } },
      'variable "${aws:FederatedProvider}" is not known here',
    ],
    [
      { Condition: { StringEquals: { 'datapipeline:PipelineCreator': 'AIDAEXAMPLE' } } },
      '"AIDAEXAMPLE" is no creator here: expected "${aws:userid}" or the ARN',
    ],
    [{ Condition: { StringEquals: 'a' } }, 'expected {"<key>": "<value>"}'],
    [{ Condition: [] }, 'Condition []: expected'],
  ])('refuses %j', (members, text) => {
    expect(problemsOf(members).join('\n')).toContain(text);
  });

  it.each<[unknown, string]>([
    ['{}', 'the policy is "{}": expected a JSON object'],
    [{ Version: '2020-01-01', Statement: [GOOD] }, 'Version "2020-01-01": expected "2012-10-17"'],
    [{}, 'Statement is missing or empty'],
    [{ Statements: [GOOD] }, '"Statements" is not known; did you mean "Statement"?'],
    [{ Statement: ['x'] }, 'Statement[0]: is "x": expected an object'],
  ])('refuses the document %j', (document, text) => {
    expect(readPolicy(document).problems.join('\n')).toContain(text);
  });

  it('wants the version that has variables where there are some', () => {
    const condition = { Condition: { StringEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } } };
    expect(problemsOf(condition)).toEqual([]);
    expect(problemsOf(condition, {}).join()).toContain('needs "Version": "2012-10-17"');
  });

  it('tells everything that is wrong at once, and where', () => {
    const { problems } = readPolicy({
      Statement: [
        { Effect: 'Alow', Action: 'datapipeline:X', Resource: 'y' },
        { Sid: 'second', Effect: 'Deny', Resource: '*' },
      ],
    });
    expect(problems.map((text) => text.split(':')[0])).toEqual([
      'Statement[0]',
      'Statement[0]',
      'Statement[0]',
      'Statement "second"',
    ]);
  });

  it('leaves aside what is about other services, and says so', () => {
    const { problems, notes, policy } = readPolicy({
      Statement: [
        { Effect: 'Allow', Action: ['s3:*', 'datapipeline:*'], Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: 'arn:aws:iam::1:role/R',
          Condition: { StringEquals: { 'iam:PassedToService': 'x' } },
        },
      ],
    });
    expect(problems).toEqual([]);
    expect(policy?.statements).toHaveLength(1);
    expect(notes).toHaveLength(2);
  });

  it('never throws, and never takes a document that it has problems with', () => {
    const names = fc.constantFrom(
      'Statement',
      'Version',
      'Effect',
      'Action',
      'NotAction',
      'Resource',
      'Condition',
      '__proto__',
      'Sid',
    );
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(
          'Allow',
          '*',
          'datapipeline:*',
          '2012-10-17',
          'StringLike',
          7,
          null,
          true,
          '${a',
        ),
        fc.array(tie('document'), { maxLength: 3 }),
        fc.dictionary(names, tie('document'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(document, (given) => {
        const { policy, problems } = readPolicy(given);
        expect(policy === undefined).toBe(problems.length > 0);
      }),
    );
  });
});

describe('patterns', () => {
  it('say the same as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, given) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*').replaceAll('?', '[^]');
        expect(matches(patternOf(pattern), given)).toBe(new RegExp(`^${escaped}$`).test(given));
        expect(matches(literalOf(pattern), given)).toBe(pattern === given);
      }),
    );
  });

  it('take no time that an attacker could choose', () => {
    expect(matches(patternOf(`${'*a'.repeat(500)}b`), 'a'.repeat(5000))).toBe(false);
  });
});
