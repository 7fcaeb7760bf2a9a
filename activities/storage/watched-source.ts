import type { Readable } from 'node:stream';

/** What is read of a source that somebody else made, and whether it was the source that failed. */
export interface WatchedSource {
  readonly chunks: AsyncGenerator<Buffer | string>;
  /** True when reading the source threw: that error is its maker's own and must pass as it is. */
  hasFailed(): boolean;
}

/** Watches `source`. A writer needs it to tell the source's errors from those of its own target. */
export function watchSource(source: Readable): WatchedSource {
  let failed = false;
  // Errors reach the reader of `chunks`; one that comes after it has stopped reading would end the process.
  source.on('error', () => undefined);
  return {
    chunks: (async function* () {
      try {
        yield* source as AsyncIterable<Buffer | string>;
      } catch (error) {
        failed = true;
        throw error;
      }
    })(),
    hasFailed: () => failed,
  };
}
