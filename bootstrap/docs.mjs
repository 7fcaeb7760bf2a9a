/** `npm run docs`: writes docs/objects.md from the catalogue, docs/templates.md from the templates. */
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
  const built = async (...path) => await import(pathToFileURL(join(ROOT, 'dist', ...path)).href);
  const { objectsPage } = await built('model', 'definition', 'objects-page.js');
  const { templatesPage } = await built('model', 'definition', 'templates-page.js');
  const { readTemplates } = await built('cli', 'template-files.js');
  await writeFile(join(ROOT, 'docs', 'objects.md'), objectsPage());
  await writeFile(join(ROOT, 'docs', 'templates.md'), templatesPage(await readTemplates()));
  say('docs/objects.md and docs/templates.md are written');
});
