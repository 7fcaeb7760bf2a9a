import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { Identity } from './identity.js';

/** Who calls, and whether they may: for every handler of this process. */
@Global()
@Module({
  providers: [Identity, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [Identity],
})
export class AccessModule {}
