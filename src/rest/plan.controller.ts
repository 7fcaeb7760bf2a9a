import { Controller, HttpCode, Post, Req, UnprocessableEntityException } from '@nestjs/common';
import { ApiOkResponse, ApiTags, ApiUnprocessableEntityResponse } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { Access } from '../access/access.decorator.js';
import type { DefinitionProblem } from '../../model/definition/pipeline-definition.js';
import { planDefinition } from '../../model/instance/plan-definition.js';
import { isError, listOf } from '../pipelines/definition-answer.js';
import { Does } from './describe.js';
import { ChangesNothing } from './idempotency.interceptor.js';
import { TakesDefinition } from './request-body.js';
import { DEFAULT_PLAN_LIMIT, PlanInput, rangeOf, valuesOf, DefinitionBody } from './plan.input.js';
import { PlanView, type PlanEntryView } from './plan.view.js';
import { givenBodyOf, readGiven } from './given-definition.js';

/** An answer with more dependencies is cut, though it has fewer instances than asked for. Our choice: some 20 MB. */
const MAXIMUM_EDGES = 200_000;

/** What a definition would run. Stores nothing. */
@ApiTags('plan')
@Controller('v1/plan')
export class PlanController {
  @Post()
  @Access('penstock:PlanDefinition')
  @Does(
    'planDefinition',
    'Every instance that a definition would run in a range of time',
    'As if it were first activated at `from`; secrets are masked. Nothing is stored.',
  )
  @TakesDefinition()
  @ChangesNothing()
  @HttpCode(200)
  @DefinitionBody(PlanInput, { from: '2030-01-01', to: '2030-01-08' })
  @ApiOkResponse({ type: PlanView })
  @ApiUnprocessableEntityResponse({ description: 'The definition has errors; `detail` lists them' })
  async plan(@Req() request: IncomingMessage): Promise<PlanView> {
    const input = await givenBodyOf(request, PlanInput);
    const range = rangeOf(input);
    const parameterValues = valuesOf(input.values);
    const { definition, problems } = readGiven(input);
    if (problems.some(isError)) throw refusal(problems);
    const plan = planDefinition({ ...range, definition, parameterValues });
    if (plan.kind === 'refused') throw refusal([...problems, ...plan.problems]);
    const limit = input.limit ?? DEFAULT_PLAN_LIMIT;
    const instances: PlanEntryView[] = [];
    let truncated = false;
    let edges = 0;
    for (const entry of plan.entries) {
      truncated = instances.length === limit || edges > MAXIMUM_EDGES;
      if (truncated) break;
      instances.push(entry);
      edges += entry.dependencies.length;
    }
    return { instances, truncated, warnings: [...problems, ...plan.warnings], notYet: plan.notYet };
  }
}

function refusal(problems: readonly DefinitionProblem[]): UnprocessableEntityException {
  return new UnprocessableEntityException(`The definition has errors: ${listOf(problems.filter(isError))}`);
}
