import type { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../model/instance/failure.js';
import { isWorkFailure, quoted, textOfError, workFailure } from './work-failure.js';

/** What a system or an SDK error is to a pipeline. Names of Node (`code`) and of S3 (`name`, `Code`). */
const TYPE_BY_CODE: Readonly<Record<string, FailureType>> = {
  ENOENT: 'SourceNotFound',
  NoSuchKey: 'SourceNotFound',
  NoSuchBucket: 'SourceNotFound',
  NotFound: 'SourceNotFound',
  EACCES: 'AccessDenied',
  EPERM: 'AccessDenied',
  EROFS: 'AccessDenied',
  AccessDenied: 'AccessDenied',
  AllAccessDisabled: 'AccessDenied',
  Forbidden: 'AccessDenied',
  InvalidAccessKeyId: 'AccessDenied',
  XAdminUserNotFound: 'AccessDenied', // versitygw's InvalidAccessKeyId
  SignatureDoesNotMatch: 'AccessDenied',
  ExpiredToken: 'AccessDenied',
  InvalidToken: 'AccessDenied',
  CredentialsProviderError: 'AccessDenied',
  EISDIR: 'InvalidField',
  EEXIST: 'InvalidField', // a file where the path needs a directory
  ENOTDIR: 'InvalidField',
  ENAMETOOLONG: 'InvalidField',
  InvalidBucketName: 'InvalidField',
  KeyTooLongError: 'InvalidField',
};

/** The failure for an error met while something was done (`verb`: `read`, `list`…) with `uri`. */
export function storageFailure(error: unknown, verb: string, uri: string): ApplicationFailure {
  if (isWorkFailure(error)) return error;
  const code = codeOf(error);
  const type = TYPE_BY_CODE[code] ?? typeByHttpStatus(error) ?? 'ConnectionFailed';
  const text = textOfError(error);
  const reason =
    text === '' || text === 'UnknownError' ? code : text.includes(code) ? text : `${code}: ${text}`;
  return workFailure(type, `Cannot ${verb} ${quoted(uri)}: ${reason}`);
}

/**
 * Runs one call and turns its error into a failure that quotes `uri`. A call that ended because `signal` fired throws
 * the signal's reason instead.
 */
export async function withStorageErrors<T>(
  verb: string,
  uri: string,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw storageFailure(error, verb, uri);
  }
}

/** True when `error` says that there is no such object. */
export function isNotFound(error: unknown): boolean {
  const code = codeOf(error);
  return (TYPE_BY_CODE[code] ?? typeByHttpStatus(error)) === 'SourceNotFound';
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'Error';
  const { Code, code, name } = error as { Code?: unknown; code?: unknown; name?: unknown };
  for (const value of [Code, code, name]) if (typeof value === 'string' && value !== '') return value;
  return 'Error';
}

/** HEAD answers carry no error code, only a status. */
function typeByHttpStatus(error: unknown): FailureType | undefined {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
  if (status === 404) return 'SourceNotFound';
  return status === 401 || status === 403 ? 'AccessDenied' : undefined;
}
