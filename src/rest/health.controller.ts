import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { ServerResponse } from 'node:http';
import { sql } from 'kysely';
import { OpenToAll } from '../access/access.decorator.js';
import { errorFacts, log } from '../config/log.js';
import { Readiness } from '../http/readiness.js';
import { Database } from '../store/database.js';
import { Does } from './describe.js';
import { TemporalProbe } from './temporal-probe.js';

/** Longest time that a part may take to answer: load balancers ask every few seconds. */
const TIMEOUT_MS = 3000;

export class HealthView {
  @ApiProperty({ enum: ['ok', 'unavailable'] })
  status!: 'ok' | 'unavailable';

  @ApiProperty({ required: false, type: [String], description: 'Parts that do not answer: store, temporal' })
  unavailable?: string[];
}

export class ReadinessView {
  @ApiProperty({ enum: ['ready', 'starting', 'draining', 'unavailable'] })
  status!: 'ready' | 'starting' | 'draining' | 'unavailable';

  @ApiProperty({ required: false, type: [String], description: 'Parts that do not answer: store, temporal' })
  unavailable?: string[];
}

export class LivenessView {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

/** Whether this process can do its work. Open to everybody; tells nothing else. */
@ApiTags('health')
@OpenToAll('load balancers have no credentials; it tells nothing but that')
@Controller()
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly temporal: TemporalProbe,
    private readonly readiness: Readiness,
  ) {}

  @Get('health')
  @Does('getHealth', 'Whether this process, the store and Temporal answer')
  @ApiOkResponse({ type: HealthView })
  @ApiServiceUnavailableResponse({ type: HealthView })
  async health(@Res({ passthrough: true }) response: ServerResponse): Promise<HealthView> {
    const unavailable = await this.unavailable();
    if (unavailable.length === 0) return { status: 'ok' };
    response.statusCode = 503;
    return { status: 'unavailable', unavailable };
  }

  /** Asks nobody: a process whose store is away is not helped by being started anew. */
  @Get('health/live')
  @Does('getLive', 'Whether this process turns')
  @ApiOkResponse({ type: LivenessView })
  live(): LivenessView {
    return { status: 'ok' };
  }

  /** 503 while the process starts or is about to end, too: load balancers give its calls to others then. */
  @Get('health/ready')
  @Does('getReady', 'Whether this process takes calls')
  @ApiOkResponse({ type: ReadinessView })
  @ApiServiceUnavailableResponse({ type: ReadinessView })
  async ready(@Res({ passthrough: true }) response: ServerResponse): Promise<ReadinessView> {
    const { state } = this.readiness;
    const unavailable = state === 'ready' ? await this.unavailable() : [];
    if (state === 'ready' && unavailable.length === 0) return { status: 'ready' };
    response.statusCode = 503;
    return state === 'ready' ? { status: 'unavailable', unavailable } : { status: state };
  }

  private async unavailable(): Promise<string[]> {
    const answers = await Promise.all([
      nameUnlessOk('store', within(TIMEOUT_MS, sql`select 1`.execute(this.database.kysely))),
      nameUnlessOk('temporal', within(TIMEOUT_MS, this.temporal.check(TIMEOUT_MS))),
    ]);
    return answers.filter((part) => part !== undefined);
  }
}

/** The part's name when it does not answer; the reason goes to the log, not to the world. */
async function nameUnlessOk(part: string, check: Promise<unknown>): Promise<string | undefined> {
  try {
    await check;
    return undefined;
  } catch (error) {
    log('warn', `${part} does not answer`, errorFacts(error));
    return part;
  }
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
