/** Human lines of the bootstrap: what it does, and how long it took. */

/** Prints one line for the person who watches. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** `1.2 s`, `2 min 5 s`: a duration as people say it. */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A person who sees nothing for longer thinks that nothing lives. */
const SIGN_OF_LIFE_MS = 15_000;

/** Runs `work`, saying `title` before and the time it took after; a failure is thrown on, said by the caller. */
export async function step(title, work) {
  const startedAt = Date.now();
  say(`· ${title} …`);
  const sign = setInterval(() => say(`  … ${duration(Date.now() - startedAt)}`), SIGN_OF_LIFE_MS);
  try {
    const result = await work();
    say(`  ${title}: done in ${duration(Date.now() - startedAt)}`);
    return result;
  } finally {
    clearInterval(sign);
  }
}

/** A failure that a person can mend: said as its message alone, without a stack. */
export class Problem extends Error {}

/** The message of whatever was thrown, with those of its causes. */
export function reason(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${reason(error.cause)})`;
}

/** Runs the main function of a script: a Problem is one sentence and exit 1, anything else keeps its stack. */
export async function main(run) {
  try {
    process.exitCode = (await run()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Problem ? reason(error) : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
