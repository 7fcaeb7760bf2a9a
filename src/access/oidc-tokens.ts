import { Injectable, ServiceUnavailableException, UnauthorizedException } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { ROLES, type Principal } from '../../model/access/principal.js';
import { Config } from '../config/config.js';
import { errorFacts, log } from '../config/log.js';
import { isSafeUrl, type OidcSettings } from '../config/oidc.js';

/** Signatures that need no shared secret; `none` and HS… are not among them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const TIMEOUT_MS = 5_000;
/** How long keys of the issuer are used; an unknown one is asked for at once, at most twice a minute. */
const KEYS_KEPT_MS = 600_000;
/** How far the clocks may be apart. Our choice. */
const CLOCK_SKEW_SECONDS = 60;
const LONGEST_SUBJECT = 255;

/** Bearer tokens of an OIDC issuer: signed JWTs, checked by the keys that it publishes. */
@Injectable()
export class OidcTokens {
  readonly #settings: OidcSettings | undefined;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(private readonly config: Config) {
    this.#settings = config.oidc;
  }

  /** Whether a token is one to be checked here: an issuer is set, and it has the form of a signed JWT. */
  isOne(token: string): boolean {
    return this.#settings !== undefined && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
  }

  /** @throws UnauthorizedException that says what is wrong with it; ServiceUnavailableException when the issuer does not answer. */
  async principalOf(token: string): Promise<Principal> {
    const settings = this.#settings;
    if (settings === undefined) throw new Error('No OIDC issuer is set');
    const claims = await this.#verified(token, settings);
    const subject = claims.sub ?? '';
    if (subject.length === 0 || subject.length > LONGEST_SUBJECT || /\p{Cc}/u.test(subject))
      throw new UnauthorizedException('The OIDC token has no "sub" that could be a user');
    const name = claims[settings.nameClaim];
    const role = roleOf(claims, settings);
    return {
      arn: `arn:aws:sts::${this.config.accountId}:federated-user/${subject}`,
      name: typeof name === 'string' && name !== '' ? name.slice(0, LONGEST_SUBJECT) : subject,
      by: 'oidc',
      credentialId: claims.jti ?? 'oidc',
      ...(role === undefined ? {} : { role }),
      policies: [],
    };
  }

  async #verified(token: string, { issuer, audience }: OidcSettings): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, await this.#issuerKeys(issuer), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
        log('error', 'The OIDC issuer does not answer', { issuer, ...errorFacts(error) });
        throw new ServiceUnavailableException(
          'The OIDC issuer does not answer: its tokens cannot be checked now',
          { cause: error },
        );
      }
      throw new UnauthorizedException(`The OIDC token is not taken: ${error.message}`, { cause: error });
    }
  }

  /** Where the issuer has its keys is asked once; a failure is not kept. */
  #issuerKeys(issuer: string): Promise<JWTVerifyGetKey> {
    this.#keys ??= discover(issuer).catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }
}

/** Source: OpenID Connect Discovery 1.0, 4. */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  if (!answer.ok) throw new Error(`${url} answered with status ${answer.status}`);
  const document = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (document.issuer !== issuer)
    throw new Error(`${url} is of the issuer ${JSON.stringify(document.issuer)}: expected ${issuer}`);
  const keys = document.jwks_uri;
  if (typeof keys !== 'string' || !isSafeUrl(keys))
    throw new Error(`${url}: jwks_uri ${JSON.stringify(keys)}: expected an https:// URL`);
  return createRemoteJWKSet(new URL(keys), { timeoutDuration: TIMEOUT_MS, cacheMaxAge: KEYS_KEPT_MS });
}

/** The highest role that the claim gives; it is a list, or texts with blanks between. */
function roleOf(claims: JWTPayload, { roleClaim, roles }: OidcSettings): Principal['role'] {
  let value: unknown = claims;
  for (const member of roleClaim)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, member)
        ? (value as Record<string, unknown>)[member]
        : undefined;
  const values: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  const given = new Set(values.map((each) => (typeof each === 'string' ? roles.get(each) : undefined)));
  return ROLES.findLast((role) => given.has(role));
}
