/**
 * `npm start`: sets up what is missing (npm packages, Temporal server, build), then runs the embedded mode in this
 * process. Plain Node without dependencies, since it runs before there are any.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { checkNode } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { duration, main, say } from './say.mjs';
import { findTemporal } from './temporal/lookup.mjs';

await main(async () => {
  const startedAt = Date.now();
  checkNode();
  await ensureDependencies(ROOT);
  const { binary, way } = await findTemporal();
  await ensureBuild(ROOT);
  say(`· set up in ${duration(Date.now() - startedAt)} (Temporal server by ${way}: ${binary})`);
  process.env.PENSTOCK_TEMPORAL = binary;
  // The locked AWS SDK runs on Node 20; its advice for later releases would stand in the middle of the story.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  await import(pathToFileURL(join(ROOT, 'dist', 'src', 'embedded', 'main.js')).href);
});
