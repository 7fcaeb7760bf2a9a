import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { Access } from '../access/access.decorator.js';
import { withParameterValues } from '../../model/definition/parameters.js';
import type { DefinitionProblem } from '../../model/definition/pipeline-definition.js';
import { activationProblems } from '../../model/definition/runnable.js';
import { validateDefinition } from '../../model/definition/validate.js';
import { Does } from './describe.js';
import { ChangesNothing } from './idempotency.interceptor.js';
import { TakesDefinition } from './request-body.js';
import { validationView } from './validation.js';
import { GivenDefinitionInput, valuesOf, DefinitionBody } from './plan.input.js';
import { ValidationView } from './plan.view.js';
import { givenBodyOf, readGiven } from './given-definition.js';

/** What is wrong with a definition. Stores nothing. */
@ApiTags('plan')
@Controller('v1/validate')
export class ValidateController {
  @Post()
  @Access('penstock:ValidateDefinition')
  @Does(
    'validateDefinition',
    'Everything that is wrong with a definition, and what AWS would warn of',
    'A definition with errors is no failed call. Nothing is stored.',
  )
  @TakesDefinition()
  @ChangesNothing()
  @HttpCode(200)
  @DefinitionBody(GivenDefinitionInput)
  @ApiOkResponse({ type: ValidationView })
  async validate(@Req() request: IncomingMessage): Promise<ValidationView> {
    const input = await givenBodyOf(request, GivenDefinitionInput);
    const values = valuesOf(input.values);
    const read = readGiven(input);
    const definition = withParameterValues(read.definition, values);
    const readable = !read.problems.some(({ severity }) => severity === 'fatal');
    const problems: DefinitionProblem[] = [
      ...read.problems,
      ...(readable ? validateDefinition(definition) : []),
    ];
    return validationView(definition, problems, activationProblems);
  }
}
