/** What tests and benchmarks need beyond npm packages; each is found in the cache or fetched into it. */
export { findTemporal } from './temporal/lookup.mjs';
export { pythonTools } from './tools/python.mjs';
export { schemathesisTool } from './tools/schemathesis.mjs';
export { versitygwTool } from './tools/versitygw.mjs';
export { hydratePostgresLinks } from './symlinks.mjs';
export { ensureBuild } from './build.mjs';
