/** Throughput of one interval whose activities need nothing of each other. */
import { median, one, plainRow, rateOf, rateRow, whole } from '../figures.mjs';
import { bareRun, penstockRun, SHAPES, sideBySide } from '../runs.mjs';

export const title = ({ fan }) => `fan-outs of ${fan}`;

export async function measure(world, { rounds, fan }) {
  const { bare, penstock } = await sideBySide(
    rounds,
    () => bareRun(world, 'fanOut', { width: fan }, fan),
    () => penstockRun(world, SHAPES['fan-out'](fan)),
  );
  const rate = (runs) => median(runs.map(({ ran }) => rateOf(ran)));
  const [{ events, bytes }] = bare;
  const own = penstock.at(-1);
  return {
    rows: [
      rateRow(`activities a second, fan-out of ${fan}`, rate(bare), rate(penstock), 0.8),
      plainRow('history events an activity, fan-out', one(events / fan), one(own.events / fan)),
      plainRow('history bytes an activity, fan-out', whole(bytes / fan), whole(own.bytes / fan)),
      plainRow(
        'statements to the store an activity, fan-out (of these begin and commit)',
        '',
        `${one(own.sent / fan)} (${one(own.brackets / fan)})`,
      ),
    ],
    bars: [{ title: `fan-out of ${fan}, activities/s`, bare: rate(bare), penstock: rate(penstock) }],
  };
}
