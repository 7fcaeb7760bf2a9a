import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { TemporalClient } from '../temporal/temporal.module.js';

/** Asks Temporal whether it answers and has our namespace. */
@Injectable()
export class TemporalProbe {
  constructor(
    private readonly temporal: TemporalClient,
    private readonly config: Config,
  ) {}

  /** @throws when Temporal does not answer within `timeoutMs`, or does not know the namespace. */
  async check(timeoutMs: number): Promise<void> {
    await this.temporal.connection.withDeadline(Date.now() + timeoutMs, async () => {
      await this.temporal.workflowService.describeNamespace({ namespace: this.config.temporalNamespace });
    });
  }
}
