import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Config } from '../config/config.js';
import { Tracing } from '../tracing/tracing.js';
import { LimiterInterceptor } from './limiter.interceptor.js';
import { Limiter } from './limiter.js';
import { Readiness } from './readiness.js';

/** What surrounds calls of both protocols: limits, traces, and whether this process takes any. */
@Global()
@Module({
  providers: [
    Limiter,
    Readiness,
    { provide: Tracing, inject: [Config], useFactory: (config: Config) => Tracing.open(config) },
    { provide: APP_INTERCEPTOR, useClass: LimiterInterceptor },
  ],
  exports: [Limiter, Readiness, Tracing],
})
export class OperationModule {}
