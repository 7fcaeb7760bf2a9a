import { quoted, workFailure } from './work-failure.js';

/** A URI of storage taken apart. `key` may be empty or end in `/` where it stands for a directory. */
export type Location =
  | { readonly scheme: 's3'; readonly bucket: string; readonly key: string }
  | { readonly scheme: 'file'; readonly path: string };

/**
 * Takes a URI apart. `s3n://` and `s3a://` of old definitions mean `s3://`.
 * @throws InvalidField when it is neither `s3://bucket/key` nor `file:///absolute/path`.
 */
export function parseLocation(uri: string): Location {
  const s3 = /^s3[na]?:\/\/([^/]+)(?:\/([^]*))?$/i.exec(uri);
  if (s3?.[1] !== undefined) return { scheme: 's3', bucket: s3[1], key: s3[2] ?? '' };
  const file = /^file:\/\/(\/[^]*)$/i.exec(uri);
  if (file?.[1] !== undefined && !file[1].includes('\0')) return { scheme: 'file', path: file[1] };
  throw workFailure(
    'InvalidField',
    `URI ${quoted(uri)} is neither s3://bucket/key nor file:///absolute/path`,
  );
}

/** The URI of a file by its absolute path. */
export function fileUri(path: string): string {
  return `file://${path}`;
}

/** The URI of an object. */
export function s3Uri(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** The URI of `name` under a directory, whether that ends in `/` or not. */
export function childUri(directoryUri: string, name: string): string {
  return directoryUri.endsWith('/') ? `${directoryUri}${name}` : `${directoryUri}/${name}`;
}

/** The last part of a URI: `c.csv` of `s3://a/b/c.csv`. */
export function lastPart(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** True for what tools of Hadoop and the S3 console leave to show a folder: `x_$folder$` and names ending in `/`. */
export function isFolderMarker(name: string): boolean {
  return name === '' || name.endsWith('/') || name.endsWith('_$folder$');
}
