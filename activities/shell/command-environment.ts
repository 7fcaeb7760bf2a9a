/** Variables of Penstock and of its Temporal connection: none of a command's business, some are secret. */
const OWN = /^(PENSTOCK_|TEMPORAL_)|^DATABASE_URL$/;

/**
 * What a command inherits of the runner's environment: everything but Penstock's and Temporal's own variables.
 * `PENSTOCK_AWS_ENDPOINT_URL` becomes the AWS SDKs' own `AWS_ENDPOINT_URL`, unless that is set.
 */
export function commandEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && !OWN.test(name)) inherited[name] = value;
  const endpoint = environment['PENSTOCK_AWS_ENDPOINT_URL'];
  if (endpoint) inherited['AWS_ENDPOINT_URL'] ??= endpoint;
  return inherited;
}
