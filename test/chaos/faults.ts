import { diceOf } from './dice.js';

/** One blow: after a pause, something happens to some, and is over after a while. */
export type Fault =
  | {
      readonly pauseMs: number;
      readonly kind: 'kill' | 'freeze';
      readonly names: readonly string[];
      readonly forMs: number;
    }
  | { readonly pauseMs: number; readonly kind: Nuisance };

/** Things that should change nothing. */
export type Nuisance = (typeof NUISANCES)[number];

const NUISANCES = [
  /** Every connection to the store is cut. */
  'cutConnections',
  /** Runs hear again what they were told. */
  'repeatSignals',
  /** Schedules tick once more. */
  'repeatTicks',
  'repeatActivation',
  /** Results of attempts that are over are delivered once more. */
  'repeatResults',
] as const;

const PAIRS = [
  ['control-1', 'control-2'],
  ['runner-1', 'runner-2'],
  ['api-1', 'api-2'],
] as const;
const SINGLES = [...PAIRS.flat(), 'temporal', 'postgres'] as const;

const killed = (pauseMs: number, names: readonly string[]): Fault => ({
  pauseMs,
  kind: 'kill',
  names,
  forMs: 200,
});

/** What happens in the short round of the test suite: one of each kind of process is killed, mostly several at a time, with what is cheap in between. */
export const SHORT_FAULTS: readonly Fault[] = [
  killed(1_500, ['runner-1', 'runner-2', 'control-1']),
  { pauseMs: 500, kind: 'repeatTicks' },
  { pauseMs: 500, kind: 'cutConnections' },
  killed(500, ['temporal', 'postgres']),
  { pauseMs: 500, kind: 'repeatSignals' },
  { pauseMs: 100, kind: 'repeatActivation' },
  killed(500, ['api-1']),
  { pauseMs: 500, kind: 'repeatResults' },
];

/** What happens in a round, by the seed alone. */
export function planFaults(seed: number, round: number, count: number): Fault[] {
  const dice = diceOf(seed, `faults ${round}`);
  return Array.from({ length: count }, (): Fault => {
    const pauseMs = dice.int(200, 4_000);
    const kill = (names: readonly string[]): Fault => ({
      pauseMs,
      kind: 'kill',
      names,
      forMs: dice.int(0, 3_000),
    });
    const freeze = (names: readonly string[], least: number, most: number): Fault => ({
      pauseMs,
      kind: 'freeze',
      names,
      forMs: dice.int(least, most),
    });
    const way = dice.int(1, 20);
    if (way <= 8) return kill([dice.pick(SINGLES)]);
    if (way <= 9) return kill(dice.pick(PAIRS));
    if (way <= 10) return kill(['temporal', 'postgres']);
    if (way <= 11) return kill(dice.some(SINGLES, SINGLES.length));
    if (way <= 12) return kill(SINGLES);
    // Longer than a worker may be silent.
    if (way <= 13) return freeze([dice.pick(PAIRS[1])], 9_000, 12_000);
    if (way <= 14) return freeze([dice.pick(PAIRS[0])], 2_000, 13_000);
    if (way <= 15) return freeze([dice.pick(['temporal', 'postgres'])], 1_000, 5_000);
    return { pauseMs, kind: dice.pick(NUISANCES) };
  });
}
