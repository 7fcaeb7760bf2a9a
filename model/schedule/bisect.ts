/** The first of 0 … length - 1 for which `holds`, or `length`. Once it holds it must go on to hold. */
export function firstWhere(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many of `rising` are less than `value`. */
export function countBelow(rising: readonly number[], value: number): number {
  return firstWhere(rising.length, (index) => (rising[index] ?? value) >= value);
}
