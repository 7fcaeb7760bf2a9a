import { expect, it } from 'vitest';
import { readDefinitionFile } from '../model/definition/definition-file.js';
import { planDefinition } from '../model/instance/plan-definition.js';
import { planTable } from './plan-table.js';
import { planTree } from './plan-tree.js';

const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});

function entries() {
  const { definition } = readDefinitionFile(
    JSON.stringify({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Day' }, workerGroup: 'wg' },
        {
          id: 'Day',
          type: 'Schedule',
          period: '1 day',
          startDateTime: '2026-01-05T12:00:00',
          runWindow: '22:00-06:00',
        },
        { id: 'Week', type: 'Schedule', period: '7 days', startDateTime: '2026-01-05T00:00:00' },
        shell('Load'),
        shell('Repair', { dependsOn: { ref: 'Load' }, condition: "failed('Load')" }),
        shell('Report', { dependsOn: { ref: 'Repair' }, schedule: { ref: 'Week' } }),
      ],
    }),
  );
  const from = new Date('2026-01-05T00:00:00Z');
  const plan = planDefinition({ definition, from, to: new Date('2026-01-06T00:00:00Z') });
  if (plan.kind === 'refused') throw new Error(JSON.stringify(plan.problems));
  return [...plan.entries];
}

it('a plan shows conditions, whom they may skip, and when hours let work begin', () => {
  const plan = Object.fromEntries(entries().map((entry) => [entry.objectId, entry]));
  expect(plan['Repair']).toMatchObject({ condition: "failed('Load')", dueTime: '2026-01-05T22:00:00Z' });
  expect(plan['Load']?.condition).toBeUndefined();
  expect(plan['Report']?.dependencies[0]).toEqual({
    instanceId: '@Repair_2026-01-05T12:00:00',
    reason: 'dependsOn',
    elsewhere: true,
    skippable: true,
  });
  expect([...planTree(entries())].join('')).toContain("then runs if failed('Load'), else is SKIPPED");
  expect([...planTable(entries(), ['Repair'])].join('')).toContain(
    "@Load_2026-01-05T12:00:00; then if failed('Load')",
  );
});
