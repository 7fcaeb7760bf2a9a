import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drive, failed, finished, type Wish } from '../../test/model/planned-run.js';
import { STATUS } from './status.js';

it('an interval run holds its invariants whatever happens in whatever order', () => {
  const wish = fc.record({
    needs: fc.array(fc.nat(30), { maxLength: 3 }),
    kind: fc.constantFrom('activity' as const, 'activity' as const, 'dataNode' as const),
    cascade: fc.boolean(),
    retries: fc.nat(2),
    onResource: fc.boolean(),
    alarm: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(wish, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 120 }),
      (wanted, choices) => {
        const wishes: Record<string, Wish> = { r: { kind: 'resource', settings: { maximumRetries: 1 } } };
        wanted.forEach((each, index) => {
          wishes[`n${index}`] = {
            kind: each.kind,
            needs: [...new Set(each.needs.filter((need) => need < index).map((need) => `n${need}`))],
            ...(each.onResource && each.kind === 'activity' ? { resource: 'r' } : {}),
            settings: { cascade: each.cascade, maximumRetries: each.retries },
            ...(each.alarm ? { onFail: ['alarm'], onSuccess: ['alarm2'] } : {}),
          };
        });
        const it = drive(wishes);
        const check = (): void => {
          for (const id of it.inFlight.keys()) {
            const live = it.run.find(id);
            if (live === undefined || live.plan.kind === 'action') continue;
            for (const need of wishes[id]?.needs ?? []) expect(it.status(need)).toBe('FINISHED');
            expect(STATUS[live.record.status].terminal).toBe(false);
          }
        };
        check();
        for (const choice of choices) {
          const ids = [...it.inFlight.keys()];
          const id = ids[choice % Math.max(1, ids.length)];
          const dice = Math.floor(choice / 7) % 12;
          if (dice === 0)
            it.tell({ kind: 'operator', command: 'CANCEL', instanceIds: [`n${choice % wanted.length}`] });
          else if (dice === 1 && it.timers.length > 0) it.ring();
          else if (id === undefined) {
            if (it.timers.length === 0) break;
            it.ring();
          } else if (it.canceled.has(id)) it.end(id, { kind: 'canceled' });
          else if (id === 'r' && it.status('r') === 'CREATING') it.ready('r');
          else if (id === 'r') it.end('r', dice < 4 ? failed : finished);
          else it.end(id, dice < 5 ? failed : finished);
          check();
        }
        // Let everything come to rest: all work succeeds, all timers ring.
        for (let step = 0; step < 2000 && (it.inFlight.size > 0 || it.timers.length > 0); step++) {
          const id =
            [...it.inFlight.keys()].find((each) => each !== 'r' || it.canceled.has('r')) ??
            [...it.inFlight.keys()][0];
          if (id === undefined) it.ring();
          else if (it.canceled.has(id)) it.end(id, { kind: 'canceled' });
          else if (id === 'r' && it.status('r') === 'CREATING') it.ready('r');
          else it.end(id, finished);
          check();
        }
        // What is not over by now waits for something that failed and does not cascade into it.
        for (const id of Object.keys(wishes)) {
          const live = it.run.find(id);
          if (live === undefined || STATUS[live.record.status].terminal) continue;
          if (id === 'r') {
            expect(
              Object.keys(wishes).some(
                (user) => wishes[user]?.resource === 'r' && !STATUS[it.status(user) ?? 'FINISHED'].terminal,
              ),
            ).toBe(true);
            continue;
          }
          expect(live.record.status).toBe('WAITING_ON_DEPENDENCIES');
          expect((wishes[id]?.needs ?? []).some((need) => it.status(need) !== 'FINISHED')).toBe(true);
        }
      },
    ),
    { numRuns: 400 },
  );
});
