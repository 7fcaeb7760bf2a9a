import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reasonOf } from './problem.js';
import type { Say } from './say.js';

/** What examples/web-logs/install.mjs offers; it is plain JavaScript and outside the build. */
interface Installer {
  install(options: {
    readonly endpoint: string;
    readonly home: string;
    readonly log: Say;
    readonly signal: AbortSignal;
  }): Promise<unknown>;
}

/**
 * Installs the example and follows it to its end; does nothing twice. A failure is said and harms nothing else:
 * the service runs without its example.
 */
export async function runExample(options: {
  readonly endpoint: string;
  readonly home: string;
  readonly say: Say;
  readonly signal: AbortSignal;
}): Promise<void> {
  const installer = new URL('../../../examples/web-logs/install.mjs', import.meta.url);
  if (!existsSync(fileURLToPath(installer))) return;
  try {
    const module: unknown = await import(installer.href);
    if (!isInstaller(module)) throw new Error(`${installer.pathname} exports no function "install"`);
    await module.install({
      endpoint: options.endpoint,
      home: options.home,
      log: options.say,
      signal: options.signal,
    });
  } catch (error) {
    if (!options.signal.aborted) options.say(`the example could not be run: ${reasonOf(error)}`);
  }
}

function isInstaller(module: unknown): module is Installer {
  return (
    typeof module === 'object' &&
    module !== null &&
    'install' in module &&
    typeof module.install === 'function'
  );
}
