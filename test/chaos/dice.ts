/** Random numbers from a seed: the same seed, the same numbers, on every machine. */
export interface Dice {
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  /** True in `share` of the throws. */
  chance(share: number): boolean;
  /** @throws when there is nothing to choose from. */
  pick<T>(choices: readonly T[]): T;
  /** Up to `most` different ones, in their order. */
  some<T>(choices: readonly T[], most: number): T[];
}

/** Dice for one purpose: those of another name throw other numbers, so that a change of one plan leaves the others alone. */
export function diceOf(seed: number, name: string): Dice {
  const next = mulberry32(hashOf(`${seed} ${name}`));
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    int,
    chance: (share) => next() < share,
    pick(choices) {
      const chosen = choices[int(0, choices.length - 1)];
      if (chosen === undefined) throw new Error('Nothing to choose from');
      return chosen;
    },
    some(choices, most) {
      const count = int(0, Math.min(most, choices.length));
      const keyed = choices.map((each, index) => ({ each, index, key: next() }));
      const chosen = keyed.sort((left, right) => left.key - right.key).slice(0, count);
      return chosen.sort((left, right) => left.index - right.index).map(({ each }) => each);
    },
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/** Source: Tommy Ettinger's mulberry32, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
