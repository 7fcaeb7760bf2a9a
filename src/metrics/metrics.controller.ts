import type { ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Access, OpenToThisMachine } from '../access/access.decorator.js';
import { Metrics } from './metrics.js';

/** What Prometheus scrapes. */
@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Metrics of this process and of the store. Calls from the same machine need no token. */
  @Get()
  @Access('penstock:GetMetrics')
  @OpenToThisMachine()
  @ApiOperation({ operationId: 'getMetrics', summary: "Metrics in Prometheus' text form" })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async get(@Res() response: ServerResponse): Promise<void> {
    const text = await this.metrics.text();
    response.setHeader('Content-Type', this.metrics.contentType);
    response.end(text);
  }
}
