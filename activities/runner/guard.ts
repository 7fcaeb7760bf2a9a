import { type ChildProcess, spawn } from 'node:child_process';
import type { JsonLogger } from '../logs/json-logger.js';

/**
 * Ends the commands of this runner at the moment it dies, however it dies: a shell that reads their process groups from
 * a pipe, which closes with the runner. The journal does the same, but only when a runner of the same home starts again;
 * until then an orphan could go on while its attempt is already tried again elsewhere. Best effort: the journal is the
 * guarantee.
 */
export interface Guard {
  add(processGroupId: number): void;
  remove(processGroupId: number): void;
}

/** Lines `+ <group>` and `- <group>`; at the end of input SIGTERM to what is left, SIGKILL five seconds later. dash takes `kill -s` only. */
export const GUARD_SCRIPT = `
trap '' INT TERM HUP
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
left() { for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done; return 1; }
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
tries=0
while left && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
exit 0
`;

/** A guard, started with the first process group; started again should somebody end it. */
export function processGuard(logger: JsonLogger): Guard {
  const groups = new Set<number>();
  let shell: ChildProcess | undefined;
  const start = (): ChildProcess => {
    const child = spawn('/bin/sh', ['-c', GUARD_SCRIPT], {
      detached: true, // Ctrl-C and a kill of the runner's group must not end it before the runner
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const forget = (): void => {
      if (shell === child) shell = undefined;
    };
    child.on('error', (error) => {
      forget();
      logger.warn('commands have no guard against the death of the runner', { error });
    });
    child.on('exit', forget);
    child.stdin?.on('error', forget); // it ended: the next group starts another
    child.unref();
    return child;
  };
  const tell = (what: '+' | '-', group: number): void => void shell?.stdin?.write(`${what} ${group}\n`);
  return {
    add(processGroupId) {
      const isNew = shell === undefined;
      shell ??= start();
      if (isNew) for (const group of groups) tell('+', group);
      groups.add(processGroupId);
      tell('+', processGroupId);
    },
    remove(processGroupId) {
      groups.delete(processGroupId);
      tell('-', processGroupId);
    },
  };
}
