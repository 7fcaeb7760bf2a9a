import { quoted, workFailure } from '../storage/work-failure.js';
import { certificateFile } from './certificate-file.js';

/** How a connection to SQL Server is encrypted. */
export interface SqlServerEncryption {
  /** `strict`: TLS before anything else is said (TDS 8). */
  readonly encrypt: boolean | 'strict';
  readonly trustServerCertificate: boolean;
  /** Name that the server's certificate must have, when it is not the host's. */
  readonly certificateName?: string;
  /** Certificate, in PEM, that the server's must be or be signed by. */
  readonly authority?: string;
}

/**
 * What `encrypt`, `trustServerCertificate`, `hostNameInCertificate` and `serverCertificate` ask for. Names are in lower
 * case. Their defaults are those of Microsoft's driver since version 10: encrypted, and the certificate is checked.
 * @throws InvalidField, also for ways to log in that need Windows or Entra ID
 */
export async function sqlServerEncryptionOf(
  properties: Readonly<Record<string, string>>,
  objectId: string,
): Promise<SqlServerEncryption> {
  const refused = (name: string, expected: string): Error =>
    workFailure(
      'InvalidField',
      `Object "${objectId}": ${name} ${quoted(properties[name.toLowerCase()] ?? '')} is not supported; expected ${expected}`,
    );
  if (properties['integratedsecurity']?.toLowerCase() === 'true')
    throw refused('integratedSecurity', 'false: log in with username and *password');
  if (!/^(sqlpassword|notspecified)?$/i.test(properties['authentication'] ?? ''))
    throw refused('authentication', 'SqlPassword');
  if (!/^(nativeauthentication)?$/i.test(properties['authenticationscheme'] ?? ''))
    throw refused('authenticationScheme', 'nativeAuthentication');
  const encrypt = (properties['encrypt'] ?? 'true').toLowerCase();
  const encryptions: Readonly<Record<string, boolean | 'strict'>> = {
    true: true,
    mandatory: true,
    false: false,
    optional: false,
    strict: 'strict',
  };
  const known = Object.hasOwn(encryptions, encrypt) ? encryptions[encrypt] : undefined;
  if (known === undefined) throw refused('encrypt', 'true, false, mandatory, optional or strict');
  const trust = (properties['trustservercertificate'] ?? 'false').toLowerCase();
  if (trust !== 'true' && trust !== 'false') throw refused('trustServerCertificate', 'true or false');
  const certificateName = properties['hostnameincertificate'];
  const path = properties['servercertificate'];
  return {
    encrypt: known,
    trustServerCertificate: trust === 'true',
    ...(certificateName === undefined ? {} : { certificateName }),
    ...(path === undefined ? {} : { authority: await certificateFile(path, 'serverCertificate', objectId) }),
  };
}
