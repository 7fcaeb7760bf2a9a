/** What Penstock adds between the end of an activity and the begin of the next, and what an activity costs in history and store. */
import { addedRow, gapsOf, one, percentile, plainRow, whole } from '../figures.mjs';
import { bareRun, penstockRun, SHAPES, sideBySide } from '../runs.mjs';

export const title = ({ chain }) => `chains of ${chain}`;

export async function measure(world, { rounds, chain }) {
  const { bare, penstock } = await sideBySide(
    rounds,
    () => bareRun(world, 'chain', { length: chain }, chain),
    () => penstockRun(world, SHAPES.chain(chain)),
  );
  const gaps = (runs) => runs.flatMap(({ ran }) => gapsOf(ran));
  const figures = (runs) => ({
    p50: percentile(gaps(runs), 0.5),
    p99: percentile(gaps(runs), 0.99),
    events: runs[0].events / chain,
    bytes: runs[0].bytes / chain,
  });
  const { sent, brackets } = penstock.at(-1);
  const of = { bare: figures(bare), penstock: figures(penstock) };
  return {
    rows: [
      addedRow(
        `end of an activity → begin of the next, p50, ms (chain of ${chain})`,
        of.bare.p50,
        of.penstock.p50,
        15,
      ),
      addedRow('the same, p99, ms', of.bare.p99, of.penstock.p99, 50),
      plainRow('history events an activity, chain', one(of.bare.events), one(of.penstock.events)),
      plainRow('history bytes an activity, chain', whole(of.bare.bytes), whole(of.penstock.bytes)),
      plainRow(
        'statements to the store an activity, chain (of these begin and commit)',
        '',
        `${one(sent / chain)} (${one(brackets / chain)})`,
      ),
    ],
    bars: [
      { title: 'between two activities, p50, ms', bare: of.bare.p50, penstock: of.penstock.p50 },
      { title: 'between two activities, p99, ms', bare: of.bare.p99, penstock: of.penstock.p99 },
    ],
  };
}
