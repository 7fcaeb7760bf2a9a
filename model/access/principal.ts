/** What a role may do, each more than the one before. Source: issue of the access model; our names. */
export const ROLES = ['viewer', 'operator', 'editor', 'admin'] as const;

/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** Who calls, by whatever way that was proved: a signed request, an API token or an OIDC token. Holds no secret. */
export interface Principal {
  /** Who it is, in AWS's form where one is needed: `arn:aws:iam::<account>:user/<name>`. Shown as `@userId` and `pipelineCreator`. */
  readonly arn: string;
  /** Name for people: of the key, the token or the OIDC subject. */
  readonly name: string;
  /** By what it was proved. */
  readonly by: 'access-key' | 'api-token' | 'oidc';
  /** Id of the access key or token; never its secret. */
  readonly credentialId: string;
  /** What it may do on every pipeline; absent: only what its policies allow. */
  readonly role?: Role;
  /** IAM-style policy documents, as they were given. */
  readonly policies: readonly unknown[];
  /** Of a worker-group credential: the groups that it may poll, and nothing else. */
  readonly workerGroups?: readonly string[];
}
