/**
 * Circles of a graph (id → ids it points at), each once, beginning at the id that comes first in the graph's order.
 * Of circles that share a part, at least one. In a loop, not by recursion: a chain may be as long as the definition.
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
      } else if (!done.has(target)) {
        placeInPath.set(target, path.length);
        path.push({ id: target, next: 0 });
      }
    }
  }
  return cycles;
}
