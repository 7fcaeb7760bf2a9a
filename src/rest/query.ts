import { BadRequestException, NotFoundException } from '@nestjs/common';
import { PipelineNotFound } from '../../model/errors.js';
import { didYouMean } from '../../model/expression/suggest.js';

export const DEFAULT_LIMIT = 100;
export const MAXIMUM_LIMIT = 1000;
/** Longest id of an object. */
const LONGEST_ID = 1300;

/** The id of a path. What cannot be one is not looked up: the store would refuse the text itself. @throws PipelineNotFound */
export function idOf(id: string): string {
  if (!/^[\w-]{1,100}$/.test(id)) throw new PipelineNotFound(id.slice(0, 100));
  return id;
}

/** An object's id, of a path or a query; undefined for what can be none. */
export function objectIdOf(id: string): string | undefined {
  return id.includes('\0') || id.length > LONGEST_ID ? undefined : id;
}

/** The one that was asked for. @throws NotFoundException */
export function foundOr<T>(found: T | undefined, text: () => string): T {
  if (found === undefined) throw new NotFoundException(text());
  return found;
}

/** What to say of a name that is none of `known`. */
export function unknownText(what: string, name: string, known: readonly string[]): string {
  const hint = didYouMean(name, known);
  const expected = known.length === 0 ? 'none' : known.join(', ');
  const shown = JSON.stringify(name.slice(0, 100));
  return hint === ''
    ? `The ${what} ${shown} is unknown: expected ${expected}`
    : `The ${what} ${shown} is unknown${hint} Expected ${expected}`;
}

/** Entries of one page. @throws BadRequestException */
export function limitOf(value: unknown): number {
  if (value === undefined) return DEFAULT_LIMIT;
  const limit = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= MAXIMUM_LIMIT) return limit;
  throw new BadRequestException(
    `limit ${JSON.stringify(value)?.slice(0, 100)}: expected a whole number from 1 to ${MAXIMUM_LIMIT}`,
  );
}

/**
 * Where a page of `list` begins: the marker in a cursor. Cursors say nothing to clients, and one of another list is refused.
 * @throws BadRequestException
 */
export function cursorOf(list: string, value: unknown): { after?: string } {
  if (value === undefined || value === '') return {};
  const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString() : '';
  const colon = text.indexOf(':');
  const marker = text.slice(colon + 1);
  if (text.slice(0, colon) === list && marker !== '' && !marker.includes('\0')) return { after: marker };
  throw new BadRequestException(
    `after ${JSON.stringify(value)?.slice(0, 100)}: expected one value, the \`next\` of the page before`,
  );
}

/** Where the next page of `list` begins, when there is one. */
export function nextOf(list: string, marker: string | undefined): { next?: string } {
  return marker === undefined ? {} : { next: Buffer.from(`${list}:${marker}`).toString('base64url') };
}

/** A query that is on or off. @throws BadRequestException */
export function flagOf(name: string, value: unknown): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new BadRequestException(`${name} ${JSON.stringify(value)?.slice(0, 100)}: expected true or false`);
}

/** The values of a query that may be there several times. */
export function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Which definition: `latest`, `active`, or a number from 1. @throws BadRequestException */
export function versionOf(name: string, value: unknown): 'latest' | 'active' | number {
  if (value === 'latest' || value === 'active') return value;
  // As many digits as the store's integers hold.
  if (typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new BadRequestException(
    `${name} ${JSON.stringify(value)?.slice(0, 100)}: expected latest, active or the number of a version`,
  );
}
