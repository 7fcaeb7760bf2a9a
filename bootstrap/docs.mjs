/** `npm run docs`: writes docs/objects.md from the catalogue, docs/templates.md from the templates, the table of docs/access.md from the actions. */
import { readFile, writeFile } from 'node:fs/promises';
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
  const { withAccessTable } = await built('model', 'access', 'access-page.js');
  const { readTemplates } = await built('cli', 'template-files.js');
  await writeFile(join(ROOT, 'docs', 'objects.md'), objectsPage());
  await writeFile(join(ROOT, 'docs', 'templates.md'), templatesPage(await readTemplates()));
  const access = join(ROOT, 'docs', 'access.md');
  await writeFile(access, withAccessTable(await readFile(access, 'utf8')));
  say('docs/objects.md, docs/templates.md and docs/access.md are written');
});
