/** Throughput of many pipelines with five activities each, one after the other in each, all due at the same moment. */
import { median, one, plainRow, rateOf, rateRow } from '../figures.mjs';
import { dueTogether, newName, SHAPES, sideBySide } from '../runs.mjs';

const LENGTH = 5;

export const title = ({ pipelines }) => `${pipelines} pipelines of ${LENGTH} activities`;

/** Workflows that are there before the moment, as the runs of intervals are. */
async function bareTogether(world, pipelines) {
  const at = Date.now() + 3_000 + 10 * pipelines;
  const ids = Array.from({ length: pipelines }, () => newName());
  for (const id of ids) {
    const args = [{ id, length: LENGTH, at }];
    await world.client.workflow.start('chain', { taskQueue: 'bare', workflowId: id, args });
  }
  if (Date.now() > at) throw new Error(`Starting ${pipelines} workflows took ${Date.now() - at} ms too long`);
  const runs = [];
  for (const id of ids) runs.push(await world.ran(id, LENGTH));
  return { runs };
}

export async function measure(world, { rounds, pipelines }) {
  const counted = [];
  const { bare, penstock } = await sideBySide(
    rounds,
    () => bareTogether(world, pipelines),
    async () => {
      const before = await world.statements();
      const done = await dueTogether(world, pipelines, SHAPES.chain(LENGTH));
      counted.push((await world.statements()).sent - before.sent);
      return done;
    },
  );
  const rate = (all) => median(all.map(({ runs }) => rateOf(runs.flat())));
  const name = `${pipelines} pipelines × ${LENGTH}`;
  return {
    rows: [
      rateRow(`activities a second, ${name} in a chain`, rate(bare), rate(penstock), 0.8),
      plainRow(
        `statements to the store an activity, ${name}, with activation and tick`,
        '',
        one(median(counted) / (pipelines * LENGTH)),
      ),
    ],
    bars: [{ title: `${name}, activities/s`, bare: rate(bare), penstock: rate(penstock) }],
  };
}
