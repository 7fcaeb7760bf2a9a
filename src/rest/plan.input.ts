import { ApiBody, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsObject, IsOptional, IsString, Max, Min } from 'class-validator';
import type { ParameterValue } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import { parseRangeEnd } from '../../model/instance/plan-definition.js';
import { DateTimeError } from '../../model/schedule/date-time.js';
import { Text } from '../aws-json/text.js';
import { RestInput } from './openapi-constraints.js';

/** Instances in one answer, unless the request says otherwise. Our choice. */
export const DEFAULT_PLAN_LIMIT = 1000;
/** Our choice: some 10 MB of JSON. */
const MAXIMUM_PLAN_LIMIT = 10_000;
/** Longer is no instant. */
const INSTANT = { min: 1, max: 32 };

/** Request of POST /v1/validate: a definition, and values for its parameters. */
@RestInput()
export class GivenDefinitionInput {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      "A definition as JSON: the AWS CLI's form (objects, parameters, values), the API's (pipelineObjects, …), a template of CloudFormation, or Terraform's JSON. Either this or `text`",
  })
  @IsOptional()
  @IsObject()
  definition?: object;

  @ApiPropertyOptional({ description: 'The same as the text of a file: JSON, or YAML' })
  @IsOptional()
  @IsString()
  text?: string;

  @ApiPropertyOptional({
    example: 'nightly.yaml',
    description: 'Name of the file: its ending tells JSON from YAML; without one, the first character does',
  })
  @IsOptional()
  @Text({ min: 1, max: 1024 })
  fileName?: string;

  @ApiPropertyOptional({ description: 'Which pipeline of a template that holds several' })
  @IsOptional()
  @Text({ min: 1, max: 1024 })
  pipeline?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    description:
      "Values for a template's parameters (CloudFormation) or variables (Terraform), and for what only CloudFormation knows, by name",
  })
  @IsOptional()
  @IsObject()
  parameters?: object;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    description: 'Values of parameters by id; they win over those of the definition',
  })
  @IsOptional()
  @IsObject()
  values?: object;
}

const DEFINITION = {
  objects: [
    { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2030-01-01T00:00:00' },
    {
      id: 'Say',
      type: 'ShellCommandActivity',
      scheduleType: 'cron',
      schedule: { ref: 'Daily' },
      command: '#{myCommand}',
      workerGroup: 'local',
    },
  ],
  parameters: [{ id: 'myCommand', type: 'String' }],
};
const YAML = `objects:
  - { id: Daily, type: Schedule, period: 1 day, startDateTime: '2030-01-01T00:00:00' }
  - { id: Say, type: ShellCommandActivity, scheduleType: cron, schedule: { ref: Daily }, command: date, workerGroup: local }
`;

/** A body that holds a definition; `more` is what its DTO wants beside it. */
export function DefinitionBody(input: new () => GivenDefinitionInput, more: object = {}): MethodDecorator {
  return ApiBody({
    type: input,
    examples: {
      definition: {
        summary: 'As the AWS CLI has it',
        value: { definition: DEFINITION, values: { myCommand: 'date' }, ...more },
      },
      text: { summary: 'YAML', value: { text: YAML, fileName: 'say.yaml', ...more } },
    },
  });
}

/** Request of POST /v1/plan. */
@RestInput()
export class PlanInput extends GivenDefinitionInput {
  @ApiProperty({ example: '2030-01-01T00:00:00', description: 'Intervals that start at or after it, UTC' })
  @Text(INSTANT)
  from!: string;

  @ApiProperty({ example: '2030-02-01', description: 'and before it' })
  @Text(INSTANT)
  to!: string;

  @ApiPropertyOptional({ minimum: 1, maximum: MAXIMUM_PLAN_LIMIT, default: DEFAULT_PLAN_LIMIT })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAXIMUM_PLAN_LIMIT)
  limit?: number;
}

/** The range of a request. @throws InvalidRequest */
export function rangeOf(input: PlanInput): { readonly from: Date; readonly to: Date } {
  const from = instantOf('from', input.from);
  const to = instantOf('to', input.to);
  if (from > to) throw new InvalidRequest(`to "${input.to}" is before from "${input.from}"`);
  return { from, to };
}

/** An instant of a request, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, UTC. @throws InvalidRequest */
export function instantOf(member: string, text: string): Date {
  try {
    return parseRangeEnd(text);
  } catch (error) {
    throw error instanceof DateTimeError ? new InvalidRequest(`${member} ${error.message}`) : error;
  }
}

/** The values of a request, a list as several values of one id. @throws InvalidRequest */
export function valuesOf(values: object = {}): ParameterValue[] {
  return Object.entries(givenOf('values', values)).flatMap(([id, list]) =>
    list.map((stringValue) => ({ id, stringValue })),
  );
}

/** The values of a member of the request by name, each a list. @throws InvalidRequest */
export function givenOf(member: 'values' | 'parameters', values: object = {}): Record<string, string[]> {
  const lists = Object.entries(values).map(([id, value]: [string, unknown]) => {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((each) => typeof each === 'string')) return [id, list] as const;
    throw new InvalidRequest(
      `${member}: the value of "${id.slice(0, 256)}" is no text: expected text or a list of texts`,
    );
  });
  return Object.fromEntries(lists);
}
