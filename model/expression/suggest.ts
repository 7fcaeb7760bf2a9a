/** Names that may still be compared: shared by all searches of one validation, so that their number does not multiply. */
export interface SuggestionBudget {
  comparisonsLeft: number;
}

/** `; did you mean "x"?` with `nearestName`; nothing when there is none, or the budget is used up. */
export function didYouMean(name: string, candidates: Iterable<string>, budget?: SuggestionBudget): string {
  const best = nearestName(name, candidates, budget);
  return best === undefined ? '' : `; did you mean "${best}"?`;
}

/**
 * The candidate that is nearest to `name`, or, when none is near, the first that begins with it; undefined when there is
 * none, or the budget is used up.
 */
export function nearestName(
  name: string,
  candidates: Iterable<string>,
  budget?: SuggestionBudget,
): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  if (name.length > LONGEST_NAME) return undefined;
  const lower = name.toLowerCase();
  let beginning: string | undefined;
  for (const candidate of candidates) {
    if (budget !== undefined && --budget.comparisonsLeft < 0) return undefined;
    if (candidate.toLowerCase().startsWith(lower)) beginning ??= candidate;
    if (Math.abs(name.length - candidate.length) >= bestDistance) continue; // too short or too long to be near
    const distance = distanceBetween(lower, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? (name.length < SHORTEST_BEGINNING ? undefined : beginning);
}

/** `a, b and 3 more`: what exists, for a message. */
export function listed(names: readonly string[], most = 12): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** Longest name that is compared. Our choice: AWS's names have 256 bytes. */
const LONGEST_NAME = 256;
/** Shortest beginning of a name that tells what was meant. Our choice. */
const SHORTEST_BEGINNING = 4;

/**
 * Number of single-character changes from `a` to `b`, two neighbours that changed places counting as one (optimal string
 * alignment), or `limit` when there are at least that many.
 */
function distanceBetween(a: string, b: string, limit: number): number {
  let before = new Uint16Array(b.length + 1);
  let above = new Uint16Array(b.length + 1);
  let row = new Uint16Array(b.length + 1).map((_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    [before, above, row] = [above, row, before];
    row[0] = i;
    let nearest = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let least = Math.min((above[j - 1] ?? 0) + (same ? 0 : 1), (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const changedPlaces =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (changedPlaces) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row[j] = least;
      if (least < nearest) nearest = least;
    }
    if (nearest > limit) return limit; // one row on, changed places may still come to one less
  }
  return Math.min(row[b.length] ?? limit, limit);
}
