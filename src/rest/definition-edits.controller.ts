import {
  Controller,
  HttpCode,
  Param,
  Post,
  Put,
  Req,
  Res,
  UnprocessableEntityException,
} from '@nestjs/common';
import {
  ApiHeader,
  ApiOkResponse,
  ApiPreconditionFailedResponse,
  ApiPreconditionRequiredResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { withParameterValues } from '../../model/definition/parameters.js';
import type { DefinitionProblem, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { activationProblems } from '../../model/definition/runnable.js';
import { Access } from '../access/access.decorator.js';
import { readInput } from '../aws-json/read-input.js';
import { isError, listOf } from '../pipelines/definition-answer.js';
import { DefinitionInput } from '../pipelines/definition.input.js';
import { PutPipelineDefinition } from '../pipelines/put-pipeline-definition.operation.js';
import { ValidatePipelineDefinition } from '../pipelines/validate-pipeline-definition.operation.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { DefinitionChanged } from '../store/pipeline.js';
import { replacedVersion, stale } from './definition-precondition.js';
import { definitionView, etagOf } from './definition-tag.js';
import { PutDefinitionView } from './definition.views.js';
import { Does, InPipeline } from './describe.js';
import { givenBodyOf, readGiven } from './given-definition.js';
import { ChangesNothing } from './idempotency.interceptor.js';
import { GivenDefinitionInput, valuesOf, DefinitionBody } from './plan.input.js';
import { ValidationView } from './plan.view.js';
import { idOf } from './query.js';
import { TakesDefinition } from './request-body.js';
import { validationView } from './validation.js';

/** Definitions of pipelines, to replace and to check. */
@ApiTags('definitions')
@InPipeline()
@Controller('v1/pipelines/:id')
export class DefinitionEditsController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly putDefinition: PutPipelineDefinition,
    private readonly validateDefinition: ValidatePipelineDefinition,
  ) {}

  @Put('definition')
  @TakesDefinition()
  @Access('datapipeline:PutPipelineDefinition')
  @Does(
    'putDefinition',
    'Replaces the latest definition',
    'With errors it is stored and cannot be activated. What is in force stays until the next activation. Secrets that are masked ' +
      'keep their value.',
  )
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the latest definition, which is replaced; `*` = whatever it is',
  })
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: '`*` = there is none yet. This or If-Match',
  })
  @DefinitionBody(GivenDefinitionInput)
  @ApiOkResponse({
    type: PutDefinitionView,
    headers: { ETag: { description: 'Of the new latest definition', schema: { type: 'string' } } },
  })
  @ApiPreconditionFailedResponse()
  @ApiPreconditionRequiredResponse()
  @ApiUnprocessableEntityResponse({ description: 'It cannot be read as a definition; `detail` says why' })
  async put(
    @Param('id') id: string,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<PutDefinitionView> {
    const pipelineId = idOf(id);
    const read = givenDefinition(await givenBodyOf(request, GivenDefinitionInput));
    const pipeline = await this.pipelines.get(pipelineId);
    const latest = await this.pipelines.readDefinition(pipelineId, 'latest');
    const etag = latest === undefined ? undefined : etagOf(definitionView(pipeline, latest));
    const replaces = replacedVersion({
      match: request.headers['if-match'],
      noneMatch: request.headers['if-none-match'],
      etag,
      version: latest?.definitionVersion,
    });
    const fatal = read.problems.filter(({ severity }) => severity === 'fatal');
    if (fatal.length > 0)
      throw new UnprocessableEntityException(`The definition has errors: ${listOf(fatal)}`);
    try {
      const { version, problems } = await this.putDefinition.put(
        readInput(DefinitionInput, { pipelineId, ...read.definition }),
        replaces,
      );
      const stored = await this.pipelines.readDefinition(pipelineId, version);
      if (stored !== undefined)
        response.setHeader('ETag', etagOf(definitionView(await this.pipelines.get(pipelineId), stored)));
      const all = [...read.problems, ...problems];
      return { pipelineId, version, errored: all.some(isError), problems: all };
    } catch (error) {
      throw error instanceof DefinitionChanged ? stale(error.message) : error;
    }
  }

  @Post('validate')
  @HttpCode(200)
  @TakesDefinition()
  @ChangesNothing()
  @Access('datapipeline:ValidatePipelineDefinition')
  @Does(
    'validatePipelineDefinition',
    'What would be wrong with a definition of this pipeline',
    'Also what its definition in force does not allow to be changed. Nothing is stored.',
  )
  @DefinitionBody(GivenDefinitionInput)
  @ApiOkResponse({ type: ValidationView })
  async validate(@Param('id') id: string, @Req() request: IncomingMessage): Promise<ValidationView> {
    const pipelineId = idOf(id);
    const { definition, problems } = givenDefinition(await givenBodyOf(request, GivenDefinitionInput));
    await this.pipelines.get(pipelineId);
    const found = problems.some(({ severity }) => severity === 'fatal')
      ? []
      : await this.validateDefinition.problemsOf(readInput(DefinitionInput, { pipelineId, ...definition }));
    return validationView(definition, [...problems, ...found], activationProblems);
  }
}

function givenDefinition(input: GivenDefinitionInput): {
  readonly definition: PipelineDefinition;
  readonly problems: readonly DefinitionProblem[];
} {
  const values = valuesOf(input.values);
  const { definition, problems } = readGiven(input);
  return { definition: withParameterValues(definition, values), problems };
}
