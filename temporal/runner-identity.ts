const BY_PROTOCOL = ' (Task Runner protocol)';

/** What Temporal is told of a task runner that polls by AWS's protocol. Temporal takes at most 1,000 bytes. */
export function protocolIdentity(hostname: string): string {
  return hostname.slice(0, 200) + BY_PROTOCOL;
}

/** The host of a task runner, of its identity: a runner of Penstock's is `pid@host`, the SDK's default. */
export function hostnameOf(identity: string): string {
  return identity.endsWith(BY_PROTOCOL)
    ? identity.slice(0, -BY_PROTOCOL.length)
    : identity.replace(/^\d+@/, '');
}
