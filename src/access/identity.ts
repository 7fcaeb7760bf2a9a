import { Injectable } from '@nestjs/common';
import type { Principal } from '../../model/access/principal.js';
import { Config } from '../config/config.js';
import { Credentials, type AccessKey } from '../config/credentials.js';

/** Whose a credential is. */
@Injectable()
export class Identity {
  constructor(
    private readonly credentials: Credentials,
    private readonly config: Config,
  ) {}

  /** The key of this id with its secret, for the check of a signature. */
  findKey(accessKeyId: string): AccessKey | undefined {
    return this.credentials.find(accessKeyId);
  }

  /** Who sends this bearer token; undefined when nobody known does. */
  async ofBearer(token: string): Promise<Principal | undefined> {
    const key = this.credentials.findBySecret(token);
    return key === undefined ? undefined : this.principalOf(key);
  }

  /** Who signs with this key: each profile of the credentials file is an admin. */
  principalOf({ profile, accessKeyId }: AccessKey): Principal {
    return {
      arn: `arn:aws:iam::${this.config.accountId}:user/${profile}`,
      name: profile,
      by: 'access-key',
      credentialId: accessKeyId,
      role: 'admin',
      policies: [],
    };
  }
}
