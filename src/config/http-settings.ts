import { BlockList, isIP } from 'node:net';
import path from 'node:path';

/** Files of the certificate and its key, absolute. */
export interface TlsPaths {
  readonly certPath: string;
  readonly keyPath: string;
}

/** The word that says: plain HTTP is meant. */
const INSECURE_WORD = 'allow';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Where the certificate is; undefined for plain HTTP, a text that says what is wrong. */
export function tlsOf(cert: string | undefined, key: string | undefined): TlsPaths | string | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined)
    return { certPath: path.resolve(cert), keyPath: path.resolve(key) };
  const [given, missing] =
    cert === undefined
      ? ['PENSTOCK_TLS_KEY_FILE', 'PENSTOCK_TLS_CERT_FILE']
      : ['PENSTOCK_TLS_CERT_FILE', 'PENSTOCK_TLS_KEY_FILE'];
  return `${given} is set and ${missing} is missing: expected both, or none for plain HTTP`;
}

/**
 * Why the server may not listen on `host`: others could read keys and data on their way. Undefined when it may.
 * Our choice: a name that is not `localhost` counts as an address of the network, whatever it resolves to today.
 */
export function exposureProblem(host: string, tls: boolean, word: string | undefined): string | undefined {
  if (word !== undefined && word !== INSECURE_WORD)
    return `PENSTOCK_INSECURE_HTTP="${word}": expected "${INSECURE_WORD}", or nothing`;
  if (tls || word === INSECURE_WORD || isLoopback(host)) return undefined;
  return (
    `PENSTOCK_HOST="${host}" offers the API to the network over plain HTTP, where keys and data can be read on their way: ` +
    `expected TLS (PENSTOCK_TLS_CERT_FILE and PENSTOCK_TLS_KEY_FILE), or PENSTOCK_INSECURE_HTTP=${INSECURE_WORD} ` +
    `when a proxy before it does TLS`
  );
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0
    ? host.toLowerCase() === 'localhost'
    : LOOPBACK.check(host, `ipv${version === 4 ? 4 : 6}`);
}

/** Origins of CORS; undefined for none, a text that says what is wrong. */
export function corsOriginsOf(list: string | undefined): readonly string[] | string | undefined {
  if (list === undefined) return undefined;
  const origins = list.split(',').map((origin) => origin.trim());
  const bad = origins.find((origin) => !isOrigin(origin));
  if (bad === undefined) return origins;
  return `PENSTOCK_CORS_ORIGINS has "${bad}": expected origins such as https://console.example.org, without a path, with commas between`;
}

/** As a browser writes it: a server compares texts. */
function isOrigin(text: string): boolean {
  return (
    URL.canParse(text) &&
    ['http:', 'https:'].includes(new URL(text).protocol) &&
    new URL(text).origin === text
  );
}
