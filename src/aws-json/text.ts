import { registerDecorator, type ValidationArguments } from 'class-validator';

/** Bounds of a text, in characters. */
export interface TextBounds {
  readonly min?: number;
  readonly max: number;
}

/** Length bounds of the API's strings. Source: api.md 1.2. */
export const TEXT = {
  id: { min: 1, max: 1024 },
  string: { max: 1024 },
  fieldName: { min: 1, max: 256 },
  fieldValue: { max: 10_240 },
  tagKey: { min: 1, max: 128 },
  tagValue: { max: 256 },
} as const satisfies Record<string, TextBounds>;

/** A text of the API: its length, and characters that the API allows (api.md 1.3). Messages in AWS's words. */
export function Text(bounds: TextBounds, options: { readonly each?: boolean } = {}) {
  return (target: object, propertyName: string): void => {
    registerDecorator({
      name: 'text',
      target: target.constructor,
      propertyName,
      // For the description of the REST API.
      constraints: [bounds],
      options: { each: options.each ?? false },
      validator: {
        validate: (value: unknown) => faultOf(value, bounds) === undefined,
        defaultMessage: (args) => messageOf(args, bounds),
      },
    });
  };
}

function faultOf(value: unknown, { min = 0, max }: TextBounds): string | undefined {
  if (value === undefined) return 'Member must not be null';
  if (typeof value !== 'string') return 'Member must be a string';
  if (value.length < min) return `Member must have length greater than or equal to ${min}`;
  if (isLonger(value, max)) return `Member must have length less than or equal to ${max}`;
  const forbidden = FORBIDDEN.exec(value);
  if (forbidden === null) return undefined;
  const code = (forbidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `Member must not contain the character U+${code} (at position ${forbidden.index + 1})`;
}

/** Lengths count characters, as AWS's clients count them, and not the two units that JavaScript has for some. */
function isLonger(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || Array.from(text).length > max);
}

/** What the API forbids: control characters but TAB, LF, CR; lone surrogates; U+FFFE and U+FFFF. Source: api.md 1. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function messageOf(args: ValidationArguments | undefined, bounds: TextBounds): string {
  if (args === undefined) return 'Member is not a valid text';
  // With `each`, class-validator hands over the whole list.
  const values: readonly unknown[] = Array.isArray(args.value) ? args.value : [args.value];
  const bad = values.find((value) => faultOf(value, bounds) !== undefined);
  const shown = isSecret(args.object) ? 'of a secret' : quoted(bad);
  return `Value ${shown} at '{path}' failed to satisfy constraint: ${faultOf(bad, bounds) ?? 'unknown'}`;
}

/** True for a field, attribute or parameter value whose name says that it is a secret. */
function isSecret(object: object): boolean {
  const named = object as { readonly key?: unknown; readonly id?: unknown };
  return [named.key, named.id].some((name) => typeof name === 'string' && name.startsWith('*'));
}

/** The value as an error shows it: at most 100 characters. */
export function quoted(value: unknown): string {
  if (value === undefined) return 'null';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `'${text.slice(0, 100)}…' (${text.length} characters)` : `'${text}'`;
}
