import { HttpException, HttpStatus, PreconditionFailedException } from '@nestjs/common';
import { namesTag } from './definition-tag.js';

/** What a request says of the definition that it replaces, and what that is. */
interface Precondition {
  readonly match: string | undefined;
  readonly noneMatch: string | undefined;
  /** Of the latest definition, when there is one. */
  readonly etag: string | undefined;
  readonly version: number | undefined;
}

/**
 * The version that a definition may replace; undefined in it when it must be the first. Source: RFC 9110, 13.1; RFC 6585, 3.
 * @throws HttpException 428 when the request says nothing of it, 412 when it means another one
 */
export function replacedVersion(precondition: Precondition): { readonly version: number | undefined } {
  const { match, noneMatch, etag, version } = precondition;
  if (match === undefined && noneMatch === undefined) {
    throw new HttpException(
      etag === undefined
        ? 'If-None-Match is missing: expected If-None-Match: *, for there is no definition yet'
        : 'If-Match is missing: expected the ETag of the definition that is to be replaced, or * for whatever it is',
      HttpStatus.PRECONDITION_REQUIRED,
    );
  }
  // The strong comparison of the RFC: a weak tag matches nothing.
  if (match !== undefined && (etag === undefined || !namesTag(match, etag, { weak: false })))
    throw stale(`If-Match ${shown(match)}: ${is(etag)}`);
  if (noneMatch !== undefined && etag !== undefined && namesTag(noneMatch, etag))
    throw stale(`If-None-Match ${shown(noneMatch)}: ${is(etag)}`);
  return { version };
}

/** The definition is not the one that the request means. */
export function stale(text: string): PreconditionFailedException {
  return new PreconditionFailedException(`${text}; read it again`);
}

function is(etag: string | undefined): string {
  return etag === undefined ? 'there is no definition yet' : `the latest definition has the ETag ${etag}`;
}

function shown(header: string): string {
  return header.length > 100 ? `${header.slice(0, 100)}…` : header;
}
