/** One interval of many activities in several shapes. */
import { line, one, spanOf, two } from '../figures.mjs';
import { penstockRun, SHAPES } from '../runs.mjs';

export const title = ({ shape }) => `${shape} activities: ${Object.keys(SHAPES).join(', ')}`;

export async function measure(world, { shape: size }) {
  const rows = [];
  for (const [name, objects] of Object.entries(SHAPES)) {
    const { ran, events, bytes, histories, sent } = await penstockRun(world, objects(size));
    const ms = spanOf(ran);
    rows.push(
      line(name, two(ms / 1000), one(ms / size), events, one(bytes / 1024), histories, one(sent / size)),
    );
  }
  return {
    table: [
      `| ${size} activities in one interval | s | ms each | events | history, KiB | histories | statements each |`,
      '|---|---:|---:|---:|---:|---:|---:|',
      ...rows,
    ],
  };
}
