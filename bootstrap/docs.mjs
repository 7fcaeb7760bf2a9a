/** `npm run docs`: writes docs/objects.md from the catalogue. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { checkNode } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { main, say } from './say.mjs';

await main(async () => {
  checkNode();
  await ensureDependencies(ROOT);
  await ensureBuild(ROOT);
  const place = pathToFileURL(join(ROOT, 'dist', 'model', 'definition', 'objects-page.js')).href;
  const { objectsPage } = await import(place);
  await writeFile(join(ROOT, 'docs', 'objects.md'), objectsPage());
  say('docs/objects.md is written');
});
