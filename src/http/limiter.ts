import { Injectable } from '@nestjs/common';
import { TokenBucket } from 'limiter';
import { ACTIONS, type Action } from '../../model/access/actions.js';
import type { Principal } from '../../model/access/principal.js';
import { Config } from '../config/config.js';
import type { RateGroup } from '../config/rate-limits.js';
import { Metrics } from '../metrics/metrics.js';

/** Buckets that are kept; who has not called for longest gets a full one again. */
const MOST_BUCKETS = 10_000;

/**
 * Limits of calls by principal and kind, `PENSTOCK_RATE_LIMIT`. Each process has its own buckets, so that N replicas let through N times
 * as much: a shared count would cost a round trip a call, and what is to be kept from a server is what one server gets.
 */
@Injectable()
export class Limiter {
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  /** Takes the call into account: 0 when it may go on, else the seconds, at least 1, after which another may. */
  take({ arn }: Principal, action: string): number {
    const group = rateGroupOf(action);
    const limit = this.config.rateLimits?.[group];
    if (limit === undefined) return 0;
    const key = `${group} ${arn}`;
    let bucket = this.#buckets.get(key);
    // Last in, first out of the map's order: the first is whose last call is longest ago.
    this.#buckets.delete(key);
    if (bucket === undefined) {
      bucket = new TokenBucket({
        bucketSize: limit.burst,
        tokensPerInterval: limit.perSecond,
        interval: 'second',
      });
      bucket.content = limit.burst;
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined && this.#buckets.size >= MOST_BUCKETS) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, bucket);
    if (bucket.tryRemoveTokens(1)) return 0;
    this.metrics.throttled(group);
    return Math.max(1, Math.ceil(bucket.getWaitTime(1) / 1000));
  }
}

/** The kind of an action; what is not known counts as a change. */
export function rateGroupOf(action: string): RateGroup {
  if (!isAction(action)) return 'write';
  const { kind, on } = ACTIONS[action];
  return on === 'workerGroup' ? 'tasks' : kind;
}

function isAction(action: string): action is Action {
  return Object.hasOwn(ACTIONS, action);
}
