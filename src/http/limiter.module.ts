import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { LimiterInterceptor } from './limiter.interceptor.js';
import { Limiter } from './limiter.js';

/** Limits of calls, in both protocols. */
@Global()
@Module({
  providers: [Limiter, { provide: APP_INTERCEPTOR, useClass: LimiterInterceptor }],
  exports: [Limiter],
})
export class LimiterModule {}
