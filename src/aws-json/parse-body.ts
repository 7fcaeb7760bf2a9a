import { findJsonFault } from './json-fault.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Reads a body as one JSON object. Members that are null count as absent, as SDKs take them, unless they are kept. An empty body is `{}`.
 * @throws ProtocolError naming line and column, when it is none.
 */
export function parseBody(
  body: Buffer,
  { nulls = 'drop' }: { readonly nulls?: 'drop' | 'keep' } = {},
): object {
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
    value = JSON.parse(text);
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
  walk(value, nulls === 'drop');
  return value;
}

/** Far more than any request has; what works on the members may recurse. */
const MAXIMUM_DEPTH = 100;

/** Checks the depth and, where that is wanted, takes null members out of all objects; lists keep theirs. A loop, so that no depth can exhaust the stack. */
function walk(root: object, dropNulls: boolean): void {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAXIMUM_DEPTH) {
      throw new ProtocolError(
        'SerializationException',
        `The request body is nested deeper than ${MAXIMUM_DEPTH} levels`,
      );
    }
    const next: object[] = [];
    for (const node of level) {
      for (const [name, value] of Object.entries(node)) {
        if (typeof value === 'object' && value !== null) next.push(value as object);
        else if (dropNulls && value === null && !Array.isArray(node)) Reflect.deleteProperty(node, name);
      }
    }
    level = next;
  }
}
