import { BadRequestException, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiGoneResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { Access } from '../access/access.decorator.js';
import { Backfills } from '../schedules/backfills.js';
import {
  BackfillInput,
  BackfillListView,
  BackfillView,
  backfillView,
  CancelBackfillInput,
  DEFAULT_MAX_ACTIVE,
} from './backfill.view.js';
import { instantOf } from './plan.input.js';
import { idOf, limitOf } from './query.js';
import { bodyOf } from './request-body.js';

/** Members of a request for a backfill: a misspelt one would run something else than was meant. */
const MEMBERS: readonly string[] = ['scheduleId', 'from', 'to', 'objects', 'maxActive', 'rerun'];

/** Runs intervals of the past: started, watched, paused, cancelled. */
@ApiTags('backfills')
@Controller('v1/pipelines/:id/backfills')
export class BackfillsController {
  constructor(private readonly backfills: Backfills) {}

  /** Runs the intervals of a range, oldest first, so many at a time. */
  @Post()
  @Access('penstock:StartBackfill')
  @ApiBody({ type: BackfillInput })
  @ApiCreatedResponse({ type: BackfillView })
  @ApiBadRequestResponse({ description: 'The request says what cannot be' })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async start(@Param('id') id: string, @Req() request: IncomingMessage): Promise<BackfillView> {
    const input = await bodyOf(request, BackfillInput, (body) => {
      const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
      if (unknown === undefined) return body;
      throw new BadRequestException(`"${unknown.slice(0, 100)}" is unknown: expected ${MEMBERS.join(', ')}`);
    });
    const { scheduleId, from, to, objects, maxActive = DEFAULT_MAX_ACTIVE, rerun = 'missing' } = input;
    const backfill = await this.backfills.start(idOf(id), {
      ...(scheduleId === undefined ? {} : { scheduleId }),
      from: instantOf('from', from),
      ...(to === undefined ? {} : { to: instantOf('to', to) }),
      ...(objects === undefined ? {} : { objects: [...new Set(objects)] }),
      maxActive,
      rerun,
    });
    return backfillView(backfill, new Date());
  }

  /** The newest backfills of the pipeline, newest first. */
  @Get()
  @Access('penstock:ListBackfills')
  @ApiQuery({ name: 'limit', required: false, type: Number })
  @ApiOkResponse({ type: BackfillListView })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async list(@Param('id') id: string, @Query('limit') limit?: unknown): Promise<BackfillListView> {
    const found = await this.backfills.list(idOf(id), limitOf(limit));
    const now = new Date();
    return { backfills: found.map((backfill) => backfillView(backfill, now)) };
  }

  /** One backfill. */
  @Get(':backfillId')
  @Access('penstock:DescribeBackfill')
  @ApiOkResponse({ type: BackfillView })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async get(@Param('id') id: string, @Param('backfillId') backfillId: string): Promise<BackfillView> {
    return backfillView(await this.backfills.get(idOf(id), backfillId), new Date());
  }

  /** Begins nothing more; what runs goes on. */
  @Post(':backfillId/pause')
  @Access('penstock:PauseBackfill')
  @HttpCode(200)
  @ApiOkResponse({ type: BackfillView })
  @ApiBadRequestResponse({ description: 'It has ended' })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async pause(@Param('id') id: string, @Param('backfillId') backfillId: string): Promise<BackfillView> {
    return backfillView(await this.backfills.command(idOf(id), backfillId, { command: 'pause' }), new Date());
  }

  /** Goes on. */
  @Post(':backfillId/resume')
  @Access('penstock:ResumeBackfill')
  @HttpCode(200)
  @ApiOkResponse({ type: BackfillView })
  @ApiBadRequestResponse({ description: 'It has ended' })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async resume(@Param('id') id: string, @Param('backfillId') backfillId: string): Promise<BackfillView> {
    return backfillView(
      await this.backfills.command(idOf(id), backfillId, { command: 'resume' }),
      new Date(),
    );
  }

  /** Ends it. */
  @Post(':backfillId/cancel')
  @Access('penstock:CancelBackfill')
  @HttpCode(200)
  @ApiBody({ type: CancelBackfillInput, required: false })
  @ApiOkResponse({ type: BackfillView })
  @ApiBadRequestResponse({ description: 'It has ended' })
  @ApiNotFoundResponse()
  @ApiGoneResponse()
  async cancel(
    @Param('id') id: string,
    @Param('backfillId') backfillId: string,
    @Req() request: IncomingMessage,
  ): Promise<BackfillView> {
    const { cancelRunning = false } = await bodyOf(request, CancelBackfillInput);
    const signal = { command: 'cancel', cancelRunning } as const;
    return backfillView(await this.backfills.command(idOf(id), backfillId, signal), new Date());
  }
}
