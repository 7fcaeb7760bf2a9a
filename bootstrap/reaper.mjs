/**
 * Runs beside a test run and outlives it by a moment: when its standard input closes, because the parent ended in
 * whatever way (kill -9 too), it kills the processes and removes the folders that the parent has named and not taken back.
 * Lines on stdin: `+pid 123`, `-pid 123`, `+dir /path`, `-dir /path`.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const pids = new Set();
const folders = new Set();

// Ctrl-C reaches the whole process group; the reaper must be the last one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, ...rest] = line.split(' ');
    const value = rest.join(' ');
    if (verb === '+pid') pids.add(Number(value));
    if (verb === '-pid') pids.delete(Number(value));
    if (verb === '+dir') folders.add(value);
    if (verb === '-dir') folders.delete(value);
  })
  .on('close', () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
