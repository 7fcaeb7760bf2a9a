import { ROLES, type Role } from '../../model/access/principal.js';

/** Whose tokens are taken, and which role each gives. */
export interface OidcSettings {
  /** As tokens have it in `iss`, and as its discovery document says. */
  readonly issuer: string;
  /** What tokens must have in `aud`. */
  readonly audience: string;
  /** Members that lead to the claim: `realm_access.roles` is two. */
  readonly roleClaim: readonly string[];
  /** Role of each value of the claim. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Claim with a name for people. */
  readonly nameClaim: string;
}

/** Hosts to which a token, or the keys to check it by, may go without TLS. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * `PENSTOCK_OIDC_ISSUER`, `_AUDIENCE`, `_ROLE_CLAIM` (default `roles`), `_ROLES` (`value=role`, with commas; default: the roles' own names),
 * `_NAME_CLAIM` (default `preferred_username`). Undefined without an issuer; else the settings, or everything that is wrong.
 */
export function readOidc(
  text: (name: string) => string | undefined,
): OidcSettings | { readonly problems: readonly string[] } | undefined {
  const issuer = text('PENSTOCK_OIDC_ISSUER');
  const others = ['AUDIENCE', 'ROLE_CLAIM', 'ROLES', 'NAME_CLAIM'].map((name) => `PENSTOCK_OIDC_${name}`);
  if (issuer === undefined) {
    const alone = others.filter((name) => text(name) !== undefined);
    if (alone.length === 0) return undefined;
    return {
      problems: [`PENSTOCK_OIDC_ISSUER is missing: expected the URL of the issuer, for ${alone.join(', ')}`],
    };
  }
  const problems: string[] = [];
  if (!isSafeUrl(issuer))
    problems.push(
      `PENSTOCK_OIDC_ISSUER="${issuer}": expected a URL that begins with https:// (http:// on this machine only)`,
    );
  const audience = text('PENSTOCK_OIDC_AUDIENCE');
  if (audience === undefined)
    problems.push('PENSTOCK_OIDC_AUDIENCE is missing: expected what tokens for Penstock have in "aud"');
  const given = text('PENSTOCK_OIDC_ROLES') ?? ROLES.map((role) => `${role}=${role}`).join(',');
  const roles = new Map<string, Role>();
  for (const pair of given.split(',').map((each) => each.trim())) {
    const at = pair.lastIndexOf('=');
    const role = ROLES.find((each) => each === pair.slice(at + 1));
    if (at < 1 || role === undefined)
      problems.push(
        `PENSTOCK_OIDC_ROLES has "${pair}": expected <value of the claim>=<role>, the role one of ${ROLES.join(', ')}`,
      );
    else roles.set(pair.slice(0, at), role);
  }
  if (problems.length > 0) return { problems };
  return {
    issuer,
    audience: audience ?? '',
    roleClaim: (text('PENSTOCK_OIDC_ROLE_CLAIM') ?? 'roles').split('.'),
    roles,
    nameClaim: text('PENSTOCK_OIDC_NAME_CLAIM') ?? 'preferred_username',
  };
}

/** HTTPS, or a server on this machine. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}
