import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAILY, DEFAULT, SHELL, exactly } from '../../test/fixtures/rule-rows.js';
import { activationProblems } from './runnable.js';
import { validateDefinition } from './validate.js';
import { writeDefinitionFile } from './write-definition-file.js';

describe('any definition', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'Default',
      'A',
      '#{a.b}',
      '#{myX',
      '#{*p}',
      'Schedule',
      'ShellCommandActivity',
      '1 day',
      'ondemand',
    ),
  );
  const key = fc.oneof(
    text,
    fc.constantFrom('type', 'parent', 'schedule', 'scheduleType', 'period', 'dependsOn', '*password', 'id'),
  );
  const field = fc.oneof(fc.record({ key, stringValue: text }), fc.record({ key, refValue: text }));
  it('is answered with problems, never with a crash', () => {
    fc.assert(
      fc.property(
        fc.record({
          pipelineObjects: fc.array(
            fc.record({ id: text, name: text, fields: fc.array(field, { maxLength: 6 }) }),
            { maxLength: 6 },
          ),
          parameterObjects: fc.array(
            fc.record({ id: text, attributes: fc.array(fc.record({ key, stringValue: text })) }),
            { maxLength: 3 },
          ),
          parameterValues: fc.array(fc.record({ id: text, stringValue: text }), { maxLength: 3 }),
        }),
        (definition) => {
          validateDefinition(definition);
          activationProblems(definition);
          writeDefinitionFile(definition);
        },
      ),
    );
  });

  it('may chain ten thousand parents and dependencies', { timeout: 60_000 }, () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => ({
      ...SHELL,
      id: `A${i}`,
      ...(i === 0 ? {} : { parent: { ref: `A${i - 1}` }, dependsOn: { ref: `A${i - 1}` } }),
    }));
    const problems = validateDefinition(exactly([DEFAULT, DAILY, ...chain]));
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
