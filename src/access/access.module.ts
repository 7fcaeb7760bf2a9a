import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessStore } from '../store/access-store.js';
import { AccessControl } from './access-control.js';
import { AccessGuard } from './access.guard.js';
import { Identity } from './identity.js';
import { Keys } from './keys.js';
import { OidcTokens } from './oidc-tokens.js';
import { SealingKey } from './sealing-key.js';

/** Who calls, and whether they may: for every handler of this process. */
@Global()
@Module({
  providers: [
    AccessStore,
    SealingKey,
    Identity,
    AccessControl,
    Keys,
    OidcTokens,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [Identity, AccessControl, AccessStore, Keys],
})
export class AccessModule {}
