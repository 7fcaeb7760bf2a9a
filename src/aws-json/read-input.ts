import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { InvalidRequest } from '../../model/errors.js';
import { currentCall } from '../http/current-call.js';
import { NESTED } from './nested.js';
import { quoted } from './text.js';

/** At most so many faults are listed in one error. */
const SHOWN_FAULTS = 20;

/**
 * The request as a checked DTO; members that the DTO does not know are ignored, unless they are to be refused.
 * @throws InvalidRequest naming every member (at most 20) that is missing or wrong, in AWS's words.
 */
export function readInput<Input extends object>(
  input: new () => Input,
  body: object,
  { unknownMembers = 'ignore' }: { readonly unknownMembers?: 'ignore' | 'refuse' } = {},
): Input {
  const call = currentCall();
  if (call !== undefined) call.members = { ...body };
  dropConstructors(body, unknownMembers === 'ignore');
  const dto = plainToInstance(input, body);
  const errors = validateSync(dto, {
    forbidUnknownValues: true,
    ...(unknownMembers === 'refuse' ? { whitelist: true, forbidNonWhitelisted: true } : {}),
    // The error must not carry the whole request.
    validationError: { target: false },
  });
  const faults = errors.flatMap((error) => faultsOf(error, ''));
  if (faults.length === 0) return dto;
  const count = faults.length === 1 ? '1 validation error' : `${faults.length} validation errors`;
  const more = faults.length > SHOWN_FAULTS ? [`and ${faults.length - SHOWN_FAULTS} more`] : [];
  throw new InvalidRequest(`${count} detected: ${[...faults.slice(0, SHOWN_FAULTS), ...more].join('; ')}`);
}

/** One text a fault, with the path of its member: `pipelineObjects[2].fields[0].key`. */
function faultsOf(error: ValidationError, parent: string): string[] {
  const index = /^\d+$/.test(error.property) && parent !== '';
  const path = index
    ? `${parent}[${error.property}]`
    : [parent, error.property].filter((part) => part !== '').join('.');
  const { isArray, [NESTED]: nested, whitelistValidation: unknown, ...others } = error.constraints ?? {};
  // What is no list breaks every rule of lists; that it is none says it all. So with what is no object.
  const message =
    isArray ?? nested ?? (unknown === undefined ? Object.values(others)[0] : 'Member is unknown');
  const own = message === undefined ? [] : [textOf(error.value, path, message)];
  if (nested !== undefined) return own;
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}

function textOf(value: unknown, path: string, message: string): string {
  if (message.startsWith('Value ')) return message.replace('{path}', () => path);
  if (value === undefined)
    return `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
  return `Value ${typeNameOf(value)} at '${path}' failed to satisfy constraint: ${message}`;
}

/** Lists and objects are named, not quoted: they may hold secrets. */
function typeNameOf(value: unknown): string {
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  return typeof value === 'object' ? '(an object)' : quoted(value);
}

/**
 * class-transformer takes such a member for the class of the object, and fails. No member of AWS's has that name: it is ignored, as all
 * that are not known. Where members are refused, it is.
 */
function dropConstructors(body: object, ignored: boolean): void {
  const nodes = [body];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (Object.hasOwn(node, 'constructor')) {
      if (!ignored) throw new InvalidRequest('An object has the member "constructor": expected another name');
      Reflect.deleteProperty(node, 'constructor');
    }
    for (const value of Object.values(node))
      if (typeof value === 'object' && value !== null) nodes.push(value as object);
  }
}
