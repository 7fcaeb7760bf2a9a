import { lookup as lookUpAll } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** A host that webhooks may not reach. The message names no URL. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
}

/** Link-local addresses: clouds answer there with the credentials of the machine. IPv4 inside IPv6 counts too. */
const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4');
REFUSED.addSubnet('fe80::', 10, 'ipv6');
REFUSED.addAddress('fd00:ec2::254', 'ipv6');

/**
 * Checks the host of a URL before it is called; `lookup` checks what its name stands for.
 * @param allowed `PENSTOCK_WEBHOOK_HOSTS`: names, or `*.domain` for all below it; undefined = any.
 * @throws EgressRefused
 */
export function checkHost({ hostname }: URL, allowed: readonly string[] | undefined): void {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) !== 0) refuseLinkLocal(host);
  if (allowed === undefined || allowed.some((pattern) => matches(host, pattern.toLowerCase()))) return;
  throw new EgressRefused('its host is not one of those that PENSTOCK_WEBHOOK_HOSTS allows');
}

/** DNS as ever, but a name that stands for a link-local address is refused, whatever else it stands for. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookUpAll(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    try {
      for (const { address } of addresses) refuseLinkLocal(address);
    } catch (refused) {
      return callback(refused as EgressRefused, '');
    }
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  });
};

function refuseLinkLocal(address: string): void {
  if (REFUSED.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
    throw new EgressRefused('its address is link-local, which no webhook may reach');
}

function matches(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
