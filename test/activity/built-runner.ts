import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A process of the product as JavaScript. */
export interface BuiltProcess {
  /** Path of its entry. */
  readonly main: string;
  remove(): void;
}

/** The task runner, for tests that start it as a process of its own. */
export function buildRunner(): BuiltProcess {
  return buildProcess(
    ['activities', 'codec', 'model', 'sealing', 'temporal', 'workflows'],
    'activities/main.js',
  );
}

/**
 * A process made from the sources of `parts` as they are. Beside node_modules, so that it finds its packages. Types are
 * not checked: `npm run lint` does that.
 */
export function buildProcess(parts: readonly string[], main: string): BuiltProcess {
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const target = mkdtempSync(join(cache, 'penstock-built-'));
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  for (const path of parts.flatMap((part) => sourcesIn(join(ROOT, part)))) {
    const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      fileName: path,
    });
    const to = join(target, relative(ROOT, path).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
  }
  return {
    main: join(target, main),
    remove: () => rmSync(target, { recursive: true, force: true }),
  };
}

function sourcesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
