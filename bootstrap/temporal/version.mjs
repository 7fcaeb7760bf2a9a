/** What a Temporal binary says of itself. */
import { run } from '../run.mjs';
import { Problem } from '../say.mjs';
import { TEMPORAL_MINIMUM, compareVersions } from '../versions.mjs';

/** First start of a 200 MB binary from a cold disk is slow. */
const TIMEOUT_MS = 30_000;

/** Checks that `binary` is a Temporal CLI of the wanted age; answers its version. @throws Problem saying what it is. */
export async function checkTemporal(binary) {
  const output = await run(binary, ['--version'], { timeoutMs: TIMEOUT_MS });
  const version = /temporal version v?(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version === undefined) {
    throw new Problem(
      `"${binary} --version" answered "${output.trim().slice(0, 100)}", not a Temporal CLI's version`,
    );
  }
  if (compareVersions(version, TEMPORAL_MINIMUM) < 0) {
    throw new Problem(`"${binary}" is version ${version}; ${TEMPORAL_MINIMUM} or newer is needed`);
  }
  return version;
}
