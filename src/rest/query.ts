import { BadRequestException } from '@nestjs/common';
import { PipelineNotFound } from '../../model/errors.js';

const DEFAULT_LIMIT = 100;
const MAXIMUM_LIMIT = 1000;

/** The id of a path. What cannot be one is not looked up: the store would refuse the text itself. @throws PipelineNotFound */
export function idOf(id: string): string {
  if (!/^[\w-]{1,100}$/.test(id)) throw new PipelineNotFound(id.slice(0, 100));
  return id;
}

/** Entries of one page. @throws BadRequestException */
export function limitOf(value: unknown): number {
  if (value === undefined) return DEFAULT_LIMIT;
  const limit = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= MAXIMUM_LIMIT) return limit;
  throw new BadRequestException(
    `limit ${JSON.stringify(value)}: expected a whole number from 1 to ${MAXIMUM_LIMIT}`,
  );
}

/** Where a page begins. @throws BadRequestException */
export function cursorOf(value: unknown): { after?: string } {
  if (value === undefined || value === '') return {};
  if (typeof value === 'string') return { after: value };
  throw new BadRequestException('after: expected one value, the `next` of the page before');
}

/** Where the next page begins, when there is one. */
export function nextOf(marker: string | undefined): { next?: string } {
  return marker === undefined ? {} : { next: marker };
}

/** A query that is on or off. @throws BadRequestException */
export function flagOf(name: string, value: unknown): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new BadRequestException(`${name} ${JSON.stringify(value)}: expected true or false`);
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
