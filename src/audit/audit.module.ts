import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AccessStore } from '../store/access-store.js';
import { AuditStore } from '../store/audit-store.js';
import { TaskIds } from '../task-runners/task-id.js';
import { AuditDigests } from './audit-digests.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { AuditLog } from './audit-log.js';
import { AuditedCalls } from './audited-calls.js';

/** The audit log, for every handler of this process. */
@Global()
@Module({
  providers: [
    AccessStore,
    AuditStore,
    AuditLog,
    AuditDigests,
    AuditedCalls,
    TaskIds,
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  ],
  exports: [AuditStore, AuditLog, AuditedCalls],
})
export class AuditModule {}
