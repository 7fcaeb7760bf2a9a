import type { AuditRepetition } from './audit-record.js';

/** How many failures get a record of their own. */
export interface FailureLimits {
  /** Of one source (an address, a principal) in a window. */
  readonly perSource: number;
  /** Of all sources in a window. */
  readonly inAll: number;
  /** Sources that are told apart; what comes from more is counted together. */
  readonly sources: number;
  /** Sources that the count of a window names. */
  readonly named: number;
}

/** Our choice: enough to see what is tried, and at most 101 records, some 100 KB, a minute whatever is sent. */
export const FAILURE_LIMITS: FailureLimits = { perSource: 10, inAll: 100, sources: 1000, named: 20 };

/**
 * Decides which refused calls get a record of their own, so that who is let in nowhere cannot fill the disk: the first ones of a window
 * do, the others are counted. A window is as long as its owner waits between two calls of `close`.
 */
export class FailureBudget {
  #own = 0;
  readonly #seen = new Map<string, number>();
  #counted = new Map<string, number>();
  #others = 0;
  #from: string | undefined;
  #to = '';

  constructor(private readonly limits: FailureLimits = FAILURE_LIMITS) {}

  /** True when this failure gets a record of its own; else it was counted. `at`: ISO-8601 UTC. */
  take(source: string, at: string): boolean {
    const { perSource, inAll, sources } = this.limits;
    const seen = this.#seen.get(source) ?? 0;
    const isTold = seen > 0 || this.#seen.size < sources;
    if (isTold) this.#seen.set(source, seen + 1);
    if (isTold && seen < perSource && this.#own < inAll) {
      this.#own++;
      return true;
    }
    this.#from ??= at;
    this.#to = at;
    if (isTold) this.#counted.set(source, (this.#counted.get(source) ?? 0) + 1);
    else this.#others++;
    return false;
  }

  /** Ends the window: what was counted in it, if anything was. */
  close(): AuditRepetition | undefined {
    const [counted, others, from, to] = [this.#counted, this.#others, this.#from, this.#to];
    this.#own = 0;
    this.#seen.clear();
    this.#counted = new Map();
    this.#others = 0;
    this.#from = undefined;
    if (from === undefined) return undefined;
    const most = [...counted]
      .map(([source, count]) => ({ source, count }))
      .toSorted((a, b) => b.count - a.count);
    const sources = most.slice(0, this.limits.named);
    const unnamed = most.slice(this.limits.named).reduce((sum, { count }) => sum + count, 0);
    const count = most.reduce((sum, each) => sum + each.count, 0) + others;
    return { count, from, to, sources, others: unnamed + others };
  }
}
