import { Problem } from './say.mjs';
import { NODE_MINIMUM, compareVersions } from './versions.mjs';

/** @throws Problem when Node.js is too old to run what is installed next. */
export function checkNode(version = process.versions.node) {
  if (compareVersions(version, NODE_MINIMUM) < 0)
    throw new Problem(`Node.js ${version} is too old: Penstock needs ${NODE_MINIMUM} or newer.`);
}
