import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { Access } from '../access/access.decorator.js';
import { Backfills } from '../schedules/backfills.js';
import { Does, InPipeline, Paged } from './describe.js';
import {
  BackfillInput,
  BackfillListView,
  BackfillView,
  backfillView,
  CancelBackfillInput,
  DEFAULT_MAX_ACTIVE,
} from './backfill.view.js';
import { instantOf } from './plan.input.js';
import { cursorOf, idOf, limitOf, nextOf } from './query.js';
import { bodyOf } from './request-body.js';

const BACKFILL_ID = { name: 'backfillId', description: 'Id of a backfill', example: 'bf-0123456789ab' };

/** Runs intervals of the past: started, watched, paused, cancelled. */
@ApiTags('backfills')
@Controller('v1/pipelines/:id/backfills')
export class BackfillsController {
  constructor(private readonly backfills: Backfills) {}

  @Post()
  @Access('penstock:StartBackfill')
  @Does('startBackfill', 'Runs the intervals of a range, oldest first, so many at a time')
  @InPipeline()
  @ApiBody({ type: BackfillInput })
  @ApiCreatedResponse({ type: BackfillView })
  async start(@Param('id') id: string, @Req() request: IncomingMessage): Promise<BackfillView> {
    const input = await bodyOf(request, BackfillInput);
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

  @Get()
  @Access('penstock:ListBackfills')
  @Does('listBackfills', 'The backfills of the pipeline, newest first')
  @InPipeline()
  @Paged()
  @ApiOkResponse({ type: BackfillListView })
  async list(
    @Param('id') id: string,
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
  ): Promise<BackfillListView> {
    const page = { limit: limitOf(limit), ...cursorOf('backfills', after) };
    const { backfills, marker } = await this.backfills.list(idOf(id), page);
    const now = new Date();
    return {
      backfills: backfills.map((backfill) => backfillView(backfill, now)),
      ...nextOf('backfills', marker),
    };
  }

  @Get(':backfillId')
  @Access('penstock:DescribeBackfill')
  @Does('getBackfill', 'One backfill')
  @InPipeline(BACKFILL_ID)
  @ApiOkResponse({ type: BackfillView })
  async get(@Param('id') id: string, @Param('backfillId') backfillId: string): Promise<BackfillView> {
    return backfillView(await this.backfills.get(idOf(id), backfillId), new Date());
  }

  @Post(':backfillId/pause')
  @Access('penstock:PauseBackfill')
  @Does('pauseBackfill', 'Begins nothing more; what runs goes on')
  @InPipeline(BACKFILL_ID)
  @HttpCode(200)
  @ApiOkResponse({ type: BackfillView })
  async pause(@Param('id') id: string, @Param('backfillId') backfillId: string): Promise<BackfillView> {
    return backfillView(await this.backfills.command(idOf(id), backfillId, { command: 'pause' }), new Date());
  }

  @Post(':backfillId/resume')
  @Access('penstock:ResumeBackfill')
  @Does('resumeBackfill', 'Goes on with a backfill that is paused')
  @InPipeline(BACKFILL_ID)
  @HttpCode(200)
  @ApiOkResponse({ type: BackfillView })
  async resume(@Param('id') id: string, @Param('backfillId') backfillId: string): Promise<BackfillView> {
    return backfillView(
      await this.backfills.command(idOf(id), backfillId, { command: 'resume' }),
      new Date(),
    );
  }

  @Post(':backfillId/cancel')
  @Access('penstock:CancelBackfill')
  @Does('cancelBackfill', 'Ends a backfill')
  @InPipeline(BACKFILL_ID)
  @HttpCode(200)
  @ApiBody({ type: CancelBackfillInput, required: false })
  @ApiOkResponse({ type: BackfillView })
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
