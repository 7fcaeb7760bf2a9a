/** Memory and processor time of processes, as the kernel counts it. Needs /proc: elsewhere it is unknown. */
import { readdir, readFile } from 'node:fs/promises';

const KIB = /(\d+) kB/;
/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

/** Resident memory of a process, MiB. */
export async function rssMib(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = KIB.exec(/^VmRSS:.*$/m.exec(status)?.[0] ?? '');
  return found === null ? Number.NaN : Number(found[1]) / 1024;
}

/** Of a process and its children, what they share counted once (PSS), MiB. */
export async function treeMib(pid) {
  let sum = 0;
  for (const each of await withChildren(pid)) {
    const rollup = await readFile(`/proc/${each}/smaps_rollup`, 'utf8').catch(() => '');
    const found = KIB.exec(/^Pss:.*$/m.exec(rollup)?.[0] ?? '');
    if (found !== null) sum += Number(found[1]) / 1024;
  }
  return sum === 0 ? Number.NaN : sum;
}

/** Processor time of a process, or of it and its children, ended ones too; ms. */
export async function cpuMs(pid, { children = false } = {}) {
  let ticks = 0;
  for (const each of children ? await withChildren(pid) : [pid]) {
    const fields = await statOf(each);
    // utime, stime; of the first one those of ended children, too
    const counted = children && each === pid ? [11, 12, 13, 14] : [11, 12];
    for (const field of counted) ticks += Number(fields[field]);
  }
  return (1000 * ticks) / TICKS_A_SECOND;
}

/** Fields of /proc/<pid>/stat from the third one on. */
async function statOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function withChildren(parent) {
  const pids = [parent];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    if (Number((await statOf(name))[1]) === parent) pids.push(Number(name));
  }
  return pids;
}
