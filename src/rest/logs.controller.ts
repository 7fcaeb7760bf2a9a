import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  BadRequestException,
  Controller,
  Get,
  NotFoundException,
  Param,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { LogNotReadable } from '../objects/live-log-files.js';
import { LiveLog, type LogNews, type LogPlace } from '../objects/live-log.js';
import type { AttemptRow, InstanceRow } from '../store/object-selector.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { ATTEMPT_ID, Does, eventSchema, INSTANCE_ID, InPipeline } from './describe.js';
import { EventStreams, lastEventIdOf, type StreamedEvent } from './event-streams.js';
import { AttemptView, attemptView, parsePlace, printPlace } from './log.views.js';
import { flagOf, idOf } from './query.js';
import { instanceView } from './views.js';

const FOLLOW = {
  name: 'follow',
  required: false,
  type: Boolean,
  description: 'As server-sent events, until it has ended',
};
const PLACE = {
  name: 'Last-Event-ID',
  required: false,
  description: '`id` of the last event that was received',
};
const LOG = {
  description:
    'The log: of a running attempt its end (16 KiB at most), of an ended one all of it. With follow=true events: `log` {text}: ' +
    'new lines, each once; `note` {text}: what is missing here; `progress`; `attempt` and `instance`: their statuses; ' +
    '`ended`: what was followed, with its status; `end` {reason}: the server ends the stream, come back with Last-Event-ID',
  content: {
    'text/plain': { schema: { type: 'string' as const } },
    'text/event-stream': {
      schema: eventSchema(['log', 'note', 'progress', 'attempt', 'instance', 'ended', 'end']),
    },
  },
};

/** Attempts, how far they are, and their logs. */
@ApiTags('logs')
@ApiExtraModels(AttemptView)
@Controller('v1/pipelines/:id')
export class LogsController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly logs: LiveLog,
    private readonly streams: EventStreams,
  ) {}

  @Get('attempts/:attemptId')
  @Access('datapipeline:DescribeObjects')
  @Does('getAttempt', 'One attempt; of a running one how far it is')
  @InPipeline(ATTEMPT_ID)
  @ApiOkResponse({ type: AttemptView })
  async attempt(@Param('id') id: string, @Param('attemptId') attemptId: string): Promise<AttemptView> {
    const attempt = await this.readAttempt(id, attemptId);
    return attemptView(attempt, await this.logs.live(attempt));
  }

  @Get('attempts/:attemptId/log')
  @Access('penstock:GetLogs')
  @Does('getAttemptLog', 'The log of an attempt')
  @InPipeline(ATTEMPT_ID)
  @ApiQuery(FOLLOW)
  @ApiHeader(PLACE)
  @ApiOkResponse(LOG)
  async attemptLog(
    @Param('id') id: string,
    @Param('attemptId') attemptId: string,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('follow') follow?: unknown,
  ): Promise<void> {
    const attempt = await this.readAttempt(id, attemptId);
    if (!flagOf('follow', follow)) return this.answer(response, attempt);
    const { pipelineId, instanceId, number } = attempt;
    const place = placeOf(request);
    await this.stream(request, response, { pipelineId, instanceId, attempt: number }, place);
  }

  @Get('instances/:instanceId/log')
  @Access('penstock:GetLogs')
  @Does('getInstanceLog', 'The log of the newest attempt of an instance', 'Followed, of all from there on.')
  @InPipeline(INSTANCE_ID)
  @ApiQuery(FOLLOW)
  @ApiHeader(PLACE)
  @ApiOkResponse(LOG)
  async instanceLog(
    @Param('id') id: string,
    @Param('instanceId') instanceId: string,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('follow') follow?: unknown,
  ): Promise<void> {
    const instance = await this.readInstance(id, instanceId);
    if (flagOf('follow', follow)) {
      return this.stream(request, response, { pipelineId: id, instanceId }, placeOf(request));
    }
    const attempt = (await this.objects.attemptsOf(id, [instanceId])).at(-1);
    if (attempt === undefined) {
      throw new NotFoundException(`${instanceId} has had no attempt yet: it is ${instance.status}`);
    }
    await this.answer(response, attempt);
  }

  private async answer(response: ServerResponse, attempt: AttemptRow): Promise<void> {
    try {
      const text = await this.logs.text(attempt);
      response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(text);
    } catch (error) {
      if (error instanceof LogNotReadable) throw new NotFoundException(error.message);
      throw error;
    }
  }

  private async stream(
    request: IncomingMessage,
    response: ServerResponse,
    what: { readonly pipelineId: string; readonly instanceId: string; readonly attempt?: number },
    place: LogPlace | undefined,
  ): Promise<void> {
    await this.streams.serve(request, response, async (stream) => {
      for await (const news of this.logs.follow(what, place, stream.signal)) await stream.send(eventOf(news));
    });
  }

  private async readInstance(id: string, instanceId: string): Promise<InstanceRow> {
    await this.pipelines.get(idOf(id));
    const [instance] = instanceId.includes('\0') ? [] : await this.objects.instances(id, [instanceId]);
    if (instance !== undefined) return instance;
    throw new NotFoundException(`Pipeline ${id} has no instance "${instanceId.slice(0, 300)}"`);
  }

  private async readAttempt(id: string, attemptId: string): Promise<AttemptRow> {
    await this.pipelines.get(idOf(id));
    const [attempt] = attemptId.includes('\0') ? [] : await this.objects.attempts(id, [attemptId]);
    if (attempt !== undefined) return attempt;
    throw new NotFoundException(
      `Pipeline ${id} has no attempt "${attemptId.slice(0, 300)}": expected @<object>_<YYYY-MM-DDTHH:MM:SS>_Attempt=<n>`,
    );
  }
}

function eventOf(news: LogNews): StreamedEvent {
  switch (news.kind) {
    case 'log':
      return {
        event: 'log',
        ...(news.place === undefined ? {} : { id: printPlace(news.place) }),
        data: { text: news.text },
      };
    case 'note':
      return { event: 'note', data: { text: news.text } };
    case 'progress':
      return { event: 'progress', data: { attemptId: news.attemptId, ...news.progress } };
    case 'attempt':
      return { event: 'attempt', data: attemptView(news.attempt) };
    case 'instance':
      return { event: 'instance', data: instanceView(news.instance) };
    case 'ended':
      return {
        event: 'ended',
        data: news.attempt === undefined ? viewOf(news.instance) : attemptView(news.attempt),
      };
  }
}

function viewOf(instance: InstanceRow | undefined) {
  return instance === undefined ? {} : instanceView(instance);
}

/** @throws BadRequestException */
function placeOf({ headers }: IncomingMessage): LogPlace | undefined {
  const lastEventId = lastEventIdOf(headers);
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const place = parsePlace(lastEventId);
  if (place !== undefined) return place;
  throw new BadRequestException(
    `Last-Event-ID ${JSON.stringify(lastEventId.slice(0, 100))}: expected the id of an event of this stream`,
  );
}
