import { diceOf } from './dice.js';
import { planFaults, SHORT_FAULTS } from './faults.js';
import { playRound, timeline, type RoundOutcome } from './round.js';
import { startWorld } from './world.js';

export interface ChaosOptions {
  readonly seed: number;
  /** Rounds begin until so many minutes have passed; one is played at least. */
  readonly minutes: number;
  readonly dist: string;
  readonly temporalBinary: string;
  readonly say: (line: string) => void;
  /** A short round, for the test suite. */
  readonly short?: boolean;
  /** An operator meddles, and the reference is weaker for what that changes. */
  readonly operator?: boolean;
}

const LONG = {
  pipelines: [2, 3],
  size: { activities: [3, 12], intervals: [6, 12], periodSeconds: [10, 15, 20] },
  settleWithinMs: 240_000,
  early: true,
  /** A late surprise would come within it: the sweep of notifications takes 15 s, but what is at rest has none. */
  quietMs: 3_000,
} as const;
const FAULTS = 14;
const SHORT = {
  pipelines: [1, 1],
  size: { activities: [4, 5], intervals: [4, 4], periodSeconds: [4] },
  settleWithinMs: 180_000,
  early: false,
  quietMs: 1_000,
} as const;

/** Plays rounds of one seed. Answers the violations of the first round that has any; then the folder is kept. */
export async function chaos(options: ChaosOptions): Promise<readonly string[]> {
  const { seed, minutes, say } = options;
  const kind = options.short === true ? SHORT : LONG;
  const until = Date.now() + minutes * 60_000;
  const starting = Date.now();
  const world = await startWorld({ ...options, sharedRunnerHome: diceOf(seed, 'world').chance(0.5) });
  say(`everything was up after ${((Date.now() - starting) / 1000).toFixed(0)} s`);
  let failed = true;
  try {
    for (let round = 1; round === 1 || Date.now() < until; round++) {
      const began = Date.now();
      const pipelines = diceOf(seed, `count ${round}`).int(kind.pipelines[0], kind.pipelines[1]);
      const outcome = await playRound(world, {
        ...kind,
        seed,
        round,
        pipelines,
        faults: options.short === true ? SHORT_FAULTS : planFaults(seed, round, FAULTS),
        operator: options.operator === true,
        say,
      });
      const took = `${((Date.now() - began) / 1000).toFixed(0)} s`;
      if (outcome.violations.length > 0) {
        tell(options, world.folder, outcome, timeline(world));
        return outcome.violations;
      }
      say(
        `seed ${seed}, round ${round}: ${pipelines} pipelines, ${outcome.instances} instances, ${outcome.attempts} attempts ` +
          `(${outcome.lost} lost), ${outcome.faults.length} faults: all as it must be, at rest ${outcome.restSeconds} s after the last one, in ${took}`,
      );
    }
    failed = false;
    return [];
  } finally {
    await world.stop(failed);
  }
}

function tell(
  { seed, say, operator }: ChaosOptions,
  folder: string,
  outcome: RoundOutcome,
  lines: readonly string[],
): void {
  say(`seed ${seed} has found ${outcome.violations.length} violations`);
  for (const { pipelineId, objects } of outcome.definitions) {
    say(`--- definition of ${pipelineId}`);
    say(JSON.stringify({ objects }));
  }
  say('--- what was done to it (seconds since the machine started)');
  for (const line of lines) say(line);
  say('--- violations');
  for (const violation of outcome.violations) say(violation);
  say(`--- logs, journal, databases: ${folder}`);
  say(`--- again: npm run chaos -- --seed ${seed}${operator === true ? ' --operator' : ''}`);
}
