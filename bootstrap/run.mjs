/** Child processes of the bootstrap. */
import { spawn } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Problem } from './say.mjs';

/** How much of the output an error quotes. */
const QUOTED_LINES = 12;

/**
 * Runs a command to its end and answers its output; throws a Problem quoting the last lines when it fails.
 * `onLine` sees every line of stdout and stderr; `timeoutMs` kills it.
 */
export async function run(command, args, { cwd, env, timeoutMs, onLine } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const tail = [];
  let output = '';
  const listen = (stream) => {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.trim() !== '') tail.push(line);
        if (tail.length > QUOTED_LINES) tail.shift();
        onLine?.(line);
      }
    });
    stream.on('end', () => rest.trim() !== '' && tail.push(rest));
  };
  child.stdout.on('data', (chunk) => (output = (output + chunk).slice(-1_000_000)));
  listen(child.stdout);
  listen(child.stderr);
  let timedOut = false;
  const timer = timeoutMs && setTimeout(() => ((timedOut = true), child.kill('SIGKILL')), timeoutMs);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Problem(`"${command}" could not be started: ${error.message}`, { cause: error })),
    );
    child.on('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => clearTimeout(timer));
  if (code === 0) return output;
  const how = timedOut ? `took longer than ${timeoutMs} ms` : `ended with ${signal ?? `exit code ${code}`}`;
  const said = tail.length > 0 ? `:\n    ${tail.join('\n    ')}` : '';
  throw new Problem(`"${[command, ...args].join(' ')}" ${how}${said}`);
}

/** Whether `path` is a file that this user may execute. */
export async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first executable called `name` on `path` (as $PATH), or undefined. */
export async function which(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}
