/** An instance as DescribeObjects tells of it. */
export interface WatchedInstance {
  readonly id: string;
  readonly componentId: string;
  readonly status: string;
  readonly start: string;
  readonly waitingOn: readonly string[];
  readonly error?: string;
}

/** What there is to say about the instances now: a list of lines. */
export function describe(instances: readonly WatchedInstance[]): string[];
