import { findJsonFault } from './json-fault.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Reads a body as one JSON object. Members that are null count as absent, as SDKs take them. An empty body is `{}`.
 * @throws ProtocolError naming line and column, when it is none.
 */
export function parseBody(body: Buffer): object {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ProtocolError('SerializationException', 'The request body is not UTF-8');
  }
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = text.includes('null') ? JSON.parse(text, withoutNull) : JSON.parse(text);
  } catch (error) {
    const fault = findJsonFault(text);
    if (fault === undefined || !(error instanceof SyntaxError)) throw error;
    throw new ProtocolError(
      'SerializationException',
      `The request body is not JSON: line ${fault.line}, column ${fault.column}: expected ${fault.expected}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(
      'SerializationException',
      'The request body is JSON, but no object: expected {"member":value,…}',
    );
  }
  return value;
}

/** Reviver: leaves out null members of objects; an array keeps its length. */
function withoutNull(this: unknown, _key: string, value: unknown): unknown {
  return value === null && !Array.isArray(this) ? undefined : value;
}
