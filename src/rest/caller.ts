import type { ServerResponse } from 'node:http';
import type { Caller } from '../aws-json/operation.js';
import { callOf } from '../http/call.js';

/** Who calls, as operations of the AWS endpoint are told. */
export function callerOf(response: ServerResponse): Caller {
  const { principal } = callOf(response);
  if (principal === undefined) throw new Error('A handler without @Access asks who calls');
  return { principal };
}
