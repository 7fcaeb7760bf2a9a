import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PARTS = ['activities', 'codec', 'model', 'sealing', 'workflows'];

/**
 * The task runner as JavaScript, made from the sources as they are, for tests that start it as a process of its own.
 * Beside node_modules, so that it finds its packages. Types are not checked: `npm run lint` does that.
 */
export function buildRunner(): { readonly main: string; remove(): void } {
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const target = mkdtempSync(join(cache, 'penstock-runner-'));
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  for (const path of PARTS.flatMap((part) => sourcesIn(join(ROOT, part)))) {
    const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      fileName: path,
    });
    const to = join(target, relative(ROOT, path).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
  }
  return {
    main: join(target, 'activities', 'main.js'),
    remove: () => rmSync(target, { recursive: true, force: true }),
  };
}

function sourcesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
