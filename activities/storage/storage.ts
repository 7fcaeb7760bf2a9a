import type { Readable } from 'node:stream';

/** An object (S3) or a file that is complete. */
export interface StoredObject {
  /** Its own URI, usable in every call below. */
  readonly uri: string;
  /** Its name under the directory that was listed, with `/` between parts; its last part where nothing was listed. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** How a call may be ended early. */
export interface StorageOptions {
  /** Ends the call, which then throws `signal.reason`; what a write had begun is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** How an object is written. */
export interface WriteOptions extends StorageOptions {
  /** Awaited at the last moment before the object becomes visible. When it rejects, the call does, and nothing has changed. */
  readonly beforeVisible?: (() => Promise<void>) | undefined;
  /** S3 only: asks for server-side encryption with S3's own keys (AES256). Default: what the bucket does by itself. */
  readonly serverSideEncryption?: boolean | undefined;
}

/**
 * Objects under `s3://bucket/key` and files under `file:///absolute/path` (an extension of ours), seen as one.
 * URIs are taken literally: no percent-decoding, so that `#`, `?`, `%` and blanks mean themselves in both schemes.
 *
 * Every call streams with bounded memory and may be repeated. All throw `ApplicationFailure` of type `SourceNotFound`,
 * `AccessDenied`, `ConnectionFailed` or `InvalidField`, quoting the URI.
 */
export interface Storage {
  /** Content of an object. The stream itself fails when the object cannot be read to its end. */
  read(uri: string, options?: StorageOptions): Promise<Readable>;

  /**
   * Writes `source` to its end, replacing what is there. Nobody sees the object before it is complete: when `source`
   * fails, when the signal fires or the process dies, the old content stays and nothing else is left visible.
   */
  write(uri: string, source: Readable, options?: WriteOptions): Promise<void>;

  /**
   * All objects under a directory, at any depth, in the byte order of their names. A directory that does not exist is
   * empty. `uri` may end in `/` or not. Markers of folders (`x_$folder$`, `x/`) and unfinished files are left out.
   */
  list(directoryUri: string, options?: StorageOptions): AsyncIterable<StoredObject>;

  /** The first object whose URI begins with `prefixUri` (which need not end at a `/`), or undefined. */
  firstWithPrefix(prefixUri: string, options?: StorageOptions): Promise<StoredObject | undefined>;

  /** The object, or undefined when there is none. */
  head(uri: string, options?: StorageOptions): Promise<StoredObject | undefined>;

  /** Copies one object, inside S3 without moving its bytes through here. Visible when complete, as with `write`. */
  copy(fromUri: string, toUri: string, options?: WriteOptions): Promise<void>;

  /** Removes one object. None there is no error. */
  delete(uri: string, options?: StorageOptions): Promise<void>;
}
