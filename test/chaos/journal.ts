import { appendFileSync, readFileSync } from 'node:fs';

/** Seconds since the machine has started: the clock of the journal. */
export function uptimeSeconds(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/** What adds to a time of the journal makes seconds since 1970. */
export function clockOffset(): number {
  return Date.now() / 1000 - uptimeSeconds();
}

/** Appends one line to the journal, as commands do. */
export function noteTo(path: string): (line: string) => void {
  return (line) => appendFileSync(path, `${uptimeSeconds().toFixed(2)} ${line}\n`);
}

interface Line {
  /** Position: a line with a greater one was written later. */
  readonly at: number;
  /** See uptimeSeconds. */
  readonly clock: number;
}

export interface AttemptLines {
  readonly begin: (Line & { readonly attempt: number })[];
  /** `outcome`: exit status, or `killed`. */
  readonly end: (Line & { readonly attempt: number; readonly outcome: string })[];
  readonly overlap: (Line & { readonly attempt: number; readonly other: number })[];
  readonly check: (Line & { readonly holds: boolean })[];
}

/** What commands of one pipeline did, by instance. */
export function readJournal(path: string, pipelineId: string): Map<string, AttemptLines> {
  const instances = new Map<string, AttemptLines>();
  readFileSync(path, 'utf8')
    .split('\n')
    .forEach((text, at) => {
      const [time = '', kind, pipeline, instance = '', first = '', second = ''] = text.split(' ');
      if (pipeline !== pipelineId) return;
      const line = { at, clock: Number(time) };
      const lines = instances.get(instance) ?? { begin: [], end: [], overlap: [], check: [] };
      instances.set(instance, lines);
      if (kind === 'begin') lines.begin.push({ ...line, attempt: Number(first) });
      if (kind === 'end') lines.end.push({ ...line, attempt: Number(first), outcome: second });
      if (kind === 'overlap') lines.overlap.push({ ...line, attempt: Number(first), other: Number(second) });
      if (kind === 'check') lines.check.push({ ...line, holds: second === 'yes' });
    });
  return instances;
}
