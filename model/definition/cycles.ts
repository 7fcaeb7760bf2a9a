import { quote } from './problem.js';

/** Each may be as long as the definition, and there may be as many as references. Our choice. */
const MAXIMUM_CYCLES = 100;
/** Longest circle that a message shows whole. Our choice. */
const LONGEST_SHOWN = 20;

/** `"a" -> "b" -> "a"`: a circle of ids for a message, its middle left out when it is long. */
export function shownCycle(ids: readonly string[]): string {
  const [first = ''] = ids;
  const whole = [...ids, first].map((id) => quote(id));
  if (ids.length <= LONGEST_SHOWN) return whole.join(' -> ');
  const half = LONGEST_SHOWN / 2;
  const left = ids.length - LONGEST_SHOWN;
  return [...whole.slice(0, half), `(${left} more)`, ...whole.slice(-half - 1)].join(' -> ');
}

/**
 * Circles of a graph (id → ids it points at), each once, beginning at the id that comes first in the graph's order.
 * Of circles that share a part, at least one; of very many, the first hundred. In a loop, not by recursion: a chain may be as long as the definition.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of graph.keys()) {
    if (done.has(start)) continue;
    const path: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
    const placeInPath = new Map([[start, 0]]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = graph.get(top.id)?.[top.next++];
      if (target === undefined) {
        done.add(top.id);
        placeInPath.delete(top.id);
        path.pop();
        continue;
      }
      const place = placeInPath.get(target);
      if (place !== undefined) {
        cycles.push(path.slice(place).map(({ id }) => id));
        if (cycles.length >= MAXIMUM_CYCLES) return cycles;
      } else if (!done.has(target)) {
        placeInPath.set(target, path.length);
        path.push({ id: target, next: 0 });
      }
    }
  }
  return cycles;
}
