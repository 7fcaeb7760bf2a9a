/** How the time of one interval grows with the number of its activities: near linear is what it should be. */
import { line, one, spanOf, two } from '../figures.mjs';
import { penstockRun, SHAPES } from '../runs.mjs';

export const title = ({ sizes }) => `growth: ${sizes.join(', ')} activities in one interval`;

export async function measure(world, { sizes }) {
  const rows = [];
  for (const size of sizes) {
    const chain = await penstockRun(world, SHAPES.chain(size));
    const fan = await penstockRun(world, SHAPES['fan-out'](size));
    const [chainMs, fanMs] = [spanOf(chain.ran), spanOf(fan.ran)];
    rows.push(
      line(
        size,
        two(chainMs / 1000),
        one(chainMs / size),
        two(fanMs / 1000),
        one(fanMs / size),
        chain.events,
        one(chain.sent / size),
      ),
    );
  }
  return {
    table: [
      '| activities in one interval | chain, s | ms each | fan-out, s | ms each | events, chain | statements each, chain |',
      '|---:|---:|---:|---:|---:|---:|---:|',
      ...rows,
    ],
  };
}
