import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Access } from '../access/access.decorator.js';
import { Schedules } from '../objects/schedules.js';
import { SetStatus } from '../objects/set-status.operation.js';
import { ActivatePipeline } from '../pipelines/activate-pipeline.operation.js';
import { DeactivatePipeline } from '../pipelines/deactivate-pipeline.operation.js';
import { PauseStore } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { callerOf } from './caller.js';
import { Does, InPipeline } from './describe.js';
import { freeBodyOf } from './given-definition.js';
import { ActivateInput, DeactivateInput, StatusInput } from './pipeline.input.js';
import { instantOf, valuesOf } from './plan.input.js';
import { idOf } from './query.js';
import { bodyOf } from './request-body.js';
import { ScheduleListView } from './schedule.views.js';
import { PauseListView, PipelineView, pipelineView } from './views.js';

/** What makes a pipeline run, rest and run again. */
@ApiTags('life cycle')
@InPipeline()
@Controller('v1/pipelines/:id')
export class LifeCycleController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly pausesOfStore: PauseStore,
    private readonly schedulesOf: Schedules,
    private readonly activatePipeline: ActivatePipeline,
    private readonly deactivatePipeline: DeactivatePipeline,
    private readonly setStatus: SetStatus,
  ) {}

  @Post('activate')
  @HttpCode(200)
  @Access('datapipeline:ActivatePipeline')
  @Does('activatePipeline', 'Checks the latest definition and puts it in force')
  @ApiBody({ type: ActivateInput, required: false })
  @ApiOkResponse({ type: PipelineView })
  async activate(@Param('id') id: string, @Req() request: IncomingMessage): Promise<PipelineView> {
    const { values, startTimestamp } = await freeBodyOf(request, ActivateInput, ['values']);
    await this.activatePipeline.handle({
      pipelineId: idOf(id),
      parameterValues: valuesOf(values),
      ...(startTimestamp === undefined
        ? {}
        : { startTimestamp: instantOf('startTimestamp', startTimestamp).getTime() / 1000 }),
    });
    return this.show(id);
  }

  @Post('deactivate')
  @HttpCode(200)
  @Access('datapipeline:DeactivatePipeline')
  @Does('deactivatePipeline', 'Starts nothing more; what runs is cancelled, or may finish')
  @ApiBody({ type: DeactivateInput, required: false })
  @ApiOkResponse({ type: PipelineView })
  async deactivate(@Param('id') id: string, @Req() request: IncomingMessage): Promise<PipelineView> {
    const { cancelActive = true } = await bodyOf(request, DeactivateInput);
    await this.deactivatePipeline.handle({ pipelineId: idOf(id), cancelActive });
    return this.show(id);
  }

  @Post('status')
  @HttpCode(202)
  @Access('datapipeline:SetStatus')
  @Does(
    'setStatus',
    'Runs instances again, cancels them or marks them finished; pauses components or lets them go on',
    'It takes effect some time after the answer.',
  )
  @ApiBody({ type: StatusInput })
  @ApiAcceptedResponse({ description: 'The command was given' })
  async status(
    @Param('id') id: string,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<void> {
    const { objectIds, status } = await bodyOf(request, StatusInput);
    await this.setStatus.handle({ pipelineId: idOf(id), objectIds, status }, callerOf(response));
  }

  @Get('pauses')
  @Access('datapipeline:DescribeObjects')
  @Does('listPauses', 'Its components that are paused')
  @ApiOkResponse({ type: PauseListView })
  async pauses(@Param('id') id: string): Promise<PauseListView> {
    await this.pipelines.get(idOf(id));
    return { pauses: await this.pausesOfStore.of(id) };
  }

  @Get('schedules')
  @Access('penstock:ListSchedules')
  @Does('listSchedules', 'Its Schedules: when each runs next, and when it last did')
  @ApiOkResponse({ type: ScheduleListView })
  async schedules(@Param('id') id: string): Promise<ScheduleListView> {
    return { schedules: await this.schedulesOf.of(idOf(id)) };
  }

  private async show(id: string): Promise<PipelineView> {
    return pipelineView(await this.pipelines.get(id));
  }
}
