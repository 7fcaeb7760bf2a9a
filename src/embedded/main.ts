import { relative } from 'node:path';
import { runExample } from './example.js';
import { homeProblem, logFile, prepareHome, type Home } from './home.js';
import { releaseHomeLock, takeHomeLock } from './pid-file.js';
import { Problem, reasonOf } from './problem.js';
import { sayTo, type Say } from './say.js';
import { readSettings, type EmbeddedSettings } from './settings.js';
import { Supervisor, type Running } from './supervisor.js';

/** The embedded mode: everything on this machine, in child processes of this one, until a signal ends it. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const home = prepareHome(settings.home);
  const holder = takeHomeLock(home.run);
  if (holder !== undefined) {
    throw new Problem(
      `Penstock is already running on "${home.path}" (process ${holder.pid}): stop it, or set PENSTOCK_HOME to another folder.`,
    );
  }
  try {
    await superviseUntilSignal(settings, home);
  } catch (error) {
    throw homeProblem(home.path, error);
  } finally {
    releaseHomeLock(home.run);
  }
}

async function superviseUntilSignal(settings: EmbeddedSettings, home: Home): Promise<void> {
  const say = sayTo(logFile(home, 'supervisor'));
  const supervisor = new Supervisor(settings, home, say);
  const end = new AbortController();
  const signalled = listenForSignals(supervisor, end, say);
  const startedAt = Date.now();
  try {
    const running = await Promise.race([supervisor.start(), signalled]);
    if (running !== undefined) {
      announce(running, settings, home, say, Date.now() - startedAt);
      const example = settings.example
        ? runExample({ endpoint: running.apiUrl, home: home.path, say, signal: end.signal })
        : Promise.resolve();
      await signalled;
      await example;
    }
  } finally {
    await supervisor.stop();
  }
  say('penstock stopped');
}

/** Resolves at the first signal; the second ends everything at once. */
function listenForSignals(supervisor: Supervisor, end: AbortController, say: Say): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (end.signal.aborted) {
          say('stopping at once');
          supervisor.kill();
          process.exit(1);
        }
        say(`stopping on ${signal} (once more: at once) …`);
        end.abort();
        resolve(undefined);
      });
    }
  });
}

function announce(running: Running, settings: EmbeddedSettings, home: Home, say: Say, tookMs: number): void {
  const local = relative(process.cwd(), home.path);
  const folder = local !== '' && !local.startsWith('..') ? local : home.path;
  say(`· all processes are ready after ${(tookMs / 1000).toFixed(1)} s`);
  // The contract of the embedded mode: alone on its line.
  say(`penstock ready ${running.apiUrl}`);
  say(`  Temporal Web UI   ${running.temporalUiUrl}`);
  say(`  Temporal address  ${running.temporalAddress}`);
  say(
    `  AWS CLI           AWS_SHARED_CREDENTIALS_FILE=${folder}/credentials aws --region us-east-1 --endpoint-url ${running.apiUrl} datapipeline list-pipelines`,
  );
  say(`  logs              ${folder}/logs/`);
  say(`  stop              Ctrl-C${settings.example ? '' : '; the example is off'}`);
}

try {
  await main();
  process.exit(0); // clients of the example may keep connections
} catch (error) {
  const text =
    error instanceof Problem ? error.message : error instanceof Error ? error.stack : reasonOf(error);
  process.stderr.write(`\n${text}\n`);
  process.exit(1);
}
