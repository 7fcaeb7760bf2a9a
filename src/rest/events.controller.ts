import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadRequestException, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { AccessControl } from '../access/access-control.js';
import { LiveEvents } from '../objects/live-events.js';
import { parseCursor, printCursor, type EventCursor } from '../store/event-cursor.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { Does, eventSchema } from './describe.js';
import { StatusEventView, statusEventView } from './event.views.js';
import { EventStreams, lastEventIdOf, type StreamedEvent } from './event-streams.js';
import { idOf } from './query.js';

/** What changes, as it changes. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly events: LiveEvents,
    private readonly pipelines: PipelineStore,
    private readonly streams: EventStreams,
    private readonly access: AccessControl,
  ) {}

  @Get()
  @Access('penstock:WatchEvents')
  @Does(
    'followEvents',
    'Every change of the status of an instance, an attempt or a pipeline, as server-sent events',
    'First `ready`: what is read of the state after it and what comes then is everything. Then `status`. Who comes back with Last-Event-ID, within an hour, misses nothing; else `reset` comes in place of `ready`. `end` tells why the server ends a stream.',
  )
  @ApiQuery({ name: 'pipelineId', required: false, type: String, description: 'Only of this pipeline' })
  @ApiQuery({ name: 'after', required: false, type: String, description: 'In place of Last-Event-ID' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: '`id` of the last event that was received',
  })
  @ApiExtraModels(StatusEventView)
  @ApiOkResponse({
    description:
      'Events `ready`, `reset`, `status` (data: StatusEventView), `end`; a comment every 15 seconds',
    content: { 'text/event-stream': { schema: eventSchema(['ready', 'reset', 'status', 'end']) } },
  })
  async follow(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('pipelineId') pipeline?: unknown,
    @Query('after') after?: unknown,
  ): Promise<void> {
    const pipelineId = pipeline === undefined ? undefined : idOf(textOf('pipelineId', pipeline));
    if (pipelineId !== undefined)
      await this.access.check('datapipeline:DescribePipelines', { pipelineIds: [pipelineId] });
    if (pipelineId !== undefined) await this.pipelines.get(pipelineId);
    const maySee = this.access.watcher();
    const start = cursorOf(lastEventIdOf(request.headers) ?? after) ?? (await this.events.now());
    await this.streams.serve(request, response, async (stream) => {
      let isFirst = true;
      for await (const { events, cursor, lost } of this.events.follow(start, stream.signal)) {
        if (isFirst || lost) {
          await stream.send({ event: lost ? 'reset' : 'ready', id: printCursor(cursor), data: {} });
          isFirst = false;
        }
        const asked = events.filter((each) => pipelineId === undefined || each.pipelineId === pipelineId);
        const wanted: (typeof asked)[number][] = [];
        for (const each of asked) if (await maySee(each.pipelineId)) wanted.push(each);
        const sent = wanted.map((event): StreamedEvent => ({
          event: 'status',
          id: printCursor(event.cursor),
          data: statusEventView(event),
        }));
        if (sent.length > 0) await stream.send(...sent);
        stream.place(printCursor(cursor));
        if (pipelineId !== undefined && wanted.some(({ status }) => status === 'DELETED')) {
          await stream.send({ event: 'end', data: { reason: 'the pipeline is deleted' } });
          return;
        }
      }
    });
  }
}

/** @throws BadRequestException */
function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new BadRequestException(`${name}: expected one value`);
}

/** @throws BadRequestException */
function cursorOf(value: unknown): EventCursor | undefined {
  if (value === undefined || value === '') return undefined;
  const cursor = typeof value === 'string' ? parseCursor(value) : undefined;
  if (cursor !== undefined) return cursor;
  throw new BadRequestException(
    `Last-Event-ID ${JSON.stringify(value)?.slice(0, 100)}: expected the id of an event of this stream`,
  );
}
