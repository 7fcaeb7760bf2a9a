import type { MailServer } from '../../activities/actions/mailer.js';

/** Parameters that the URL may have; named as those of nodemailer's. */
const PARAMETERS = ['requireTLS', 'tls.rejectUnauthorized', 'tls.servername'] as const;

const EXPECTED =
  'expected smtp://host:port or smtps://user:password@host:port, with percent-encoded user and password';

/**
 * Reads `PENSTOCK_SMTP_URL`. Ports: 587 for smtp, 465 for smtps. With a user, smtp:// needs STARTTLS unless the server is this
 * machine or `requireTLS=false` says otherwise: else whoever sits between could ask for the password in the clear.
 * @returns what is wrong, without a word of the value, which may hold a password.
 */
export function readMailServer(text: string): MailServer | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol;
  if (url === undefined || (scheme !== 'smtp:' && scheme !== 'smtps:') || url.hostname === '')
    return `PENSTOCK_SMTP_URL is not the URL of a mail server: ${EXPECTED}`;
  if (!['', '/'].includes(url.pathname) || url.hash !== '')
    return `PENSTOCK_SMTP_URL has more than host and port: ${EXPECTED}`;
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.some((each) => each === name));
  if (unknown !== undefined)
    return `PENSTOCK_SMTP_URL has a parameter that is not known: expected ${PARAMETERS.join(', ')}`;
  const secure = scheme === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined)
    return `PENSTOCK_SMTP_URL has a user or a password that cannot be decoded: ${EXPECTED}`;
  const requireTls = flag(url, 'requireTLS', !secure && user !== '' && !isThisMachine(host));
  const verifyCertificate = flag(url, 'tls.rejectUnauthorized', true);
  if (requireTls === undefined || verifyCertificate === undefined)
    return 'PENSTOCK_SMTP_URL: expected true or false for requireTLS and tls.rejectUnauthorized';
  const certificateName = url.searchParams.get('tls.servername');
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls,
    verifyCertificate,
    ...(user === '' ? {} : { user, password }),
    ...(certificateName === null || certificateName === '' ? {} : { certificateName }),
  };
}

function flag(url: URL, name: string, fallback: boolean): boolean | undefined {
  const text = url.searchParams.get(name) ?? String(fallback);
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
