import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../access/actions.js';
import { askedFor } from './asked-for.js';
import { actionOf, auditRuleOf } from './audited.js';

describe('what an audit record says of a request', () => {
  it('is its commands, ids and group', () => {
    const members = { pipelineId: 'df-1', objectIds: ['@A_1', '@A_2'], status: 'RERUN', workerGroup: 'wg' };
    expect(askedFor(members)).toEqual({
      pipelineId: 'df-1',
      objectIds: ['@A_1', '@A_2'],
      workerGroup: 'wg',
      parameters: { status: 'RERUN' },
    });
  });

  it('is no content, whatever it is called', () => {
    const secret = 'hunter2';
    const content = {
      pipelineObjects: [{ id: 'Db', name: 'Db', fields: [{ key: '*password', stringValue: secret }] }],
      parameterValues: [{ id: '*p', stringValue: secret }],
      tags: [{ key: 'k', value: secret }],
      errorMessage: secret,
      errorStackTrace: secret,
      fields: [{ key: 'k', value: secret }],
      secretAccessKey: secret,
      token: secret,
      status: { secret },
      objectIds: [{ secret }],
    };
    expect(JSON.stringify(askedFor({ pipelineId: 'df-1', ...content }))).not.toContain(secret);
  });

  it('is short, however long the request', () => {
    const ids = Array.from({ length: 5000 }, (_, index) => `@${'x'.repeat(900)}${index}`);
    const facts = askedFor({ objectIds: ids, status: 'x'.repeat(100_000), workerGroup: 'y'.repeat(100_000) });
    expect(facts.objectCount).toBe(5000);
    expect(JSON.stringify(facts).length).toBeLessThan(10_000);
  });

  it('is made of any request', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('pipelineId', 'objectIds', 'status', 'from'), fc.anything()),
        (members) => {
          const { pipelineId = 'none' } = askedFor(members);
          expect(pipelineId).toMatch(/^[\w-]+$/);
        },
      ),
    );
  });
});

describe('which calls are audited', () => {
  it.each(Object.entries(ACTIONS))('%s', (action, { kind }) => {
    const expected: Readonly<Record<string, string>> = {
      'datapipeline:PollForTask': 'gives',
      'datapipeline:ReportTaskProgress': 'never',
      'datapipeline:ReportTaskRunnerHeartbeat': 'never',
    };
    expect(auditRuleOf(action)).toBe(expected[action] ?? (kind === 'write' ? 'change' : 'never'));
  });

  it('whatever is not known counts as a change', () => {
    expect(auditRuleOf('penstock:SomethingNew')).toBe('change');
    expect(auditRuleOf('toString')).toBe('change');
  });

  it('an operation of AWS is an action of its service', () => {
    expect(actionOf('SetStatus')).toBe('datapipeline:SetStatus');
    expect(actionOf('penstock:CreateKey')).toBe('penstock:CreateKey');
  });
});
