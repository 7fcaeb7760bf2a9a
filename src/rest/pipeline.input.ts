import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  ValidateNested,
} from 'class-validator';
import { Text, TEXT } from '../aws-json/text.js';
import { MAXIMUM_TAGS } from '../pipelines/create-pipeline.operation.js';
import { RestInput } from './openapi-constraints.js';

/** Longer is no instant. */
const INSTANT = { min: 1, max: 32 };
/** Objects of one command. Our choice. */
const MAXIMUM_OBJECTS = 1000;
/** As SetStatus takes them. */
const COMMANDS = ['RERUN', 'TRY_CANCEL', 'MARK_FINISHED', 'PAUSE', 'RESUME'] as const;

@RestInput()
export class RestTagInput {
  @ApiProperty({ example: 'team' })
  @Text(TEXT.tagKey)
  key!: string;

  @ApiProperty({ example: 'web' })
  @Text(TEXT.tagValue)
  value!: string;
}

/** A pipeline's description. No base class: its members would come first in the document, before the name. */
function Description(note?: string) {
  const example = 'Copies the logs of each day';
  return (target: object, member: string): void => {
    ApiPropertyOptional({ example, ...(note === undefined ? {} : { description: note }) })(target, member);
    IsOptional()(target, member);
    Text(TEXT.string)(target, member);
  };
}

/** Tags of a pipeline. */
function Tags(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: [RestTagInput], description }),
    IsOptional(),
    IsArray(),
    ArrayMaxSize(MAXIMUM_TAGS),
    ValidateNested({ each: true }),
    Type(() => RestTagInput),
  );
}

/** Request of POST /v1/pipelines. */
@RestInput()
export class NewPipelineInput {
  @ApiProperty({ example: 'Web logs' })
  @Text(TEXT.id)
  name!: string;

  @ApiPropertyOptional({
    example: 'web-logs-1',
    description: 'The same name and uniqueId of the same caller are the same pipeline; absent = a new one',
  })
  @IsOptional()
  @Text(TEXT.id)
  uniqueId?: string;

  @Description()
  description?: string;

  @Tags('Each key once')
  tags?: RestTagInput[];
}

/** Request of PATCH /v1/pipelines/:id: what is absent stays. */
@RestInput()
export class PipelineChangeInput {
  @ApiPropertyOptional({ example: 'Web logs' })
  @IsOptional()
  @Text(TEXT.id)
  name?: string;

  @Description('Empty text: none')
  description?: string;

  @Tags('All tags that it is to have; each key once')
  tags?: RestTagInput[];
}

/** Request of POST …/activate. */
@RestInput()
export class ActivateInput {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    example: { myCommand: 'date' },
    description: 'Values of parameters by id; they stay with the pipeline',
  })
  @IsOptional()
  @IsObject()
  values?: object;

  @ApiPropertyOptional({
    example: '2030-01-01T00:00:00',
    description: 'Where to resume, UTC; absent = after the last interval that was completed',
  })
  @IsOptional()
  @Text(INSTANT)
  startTimestamp?: string;
}

/** Request of POST …/deactivate. */
@RestInput()
export class DeactivateInput {
  @ApiPropertyOptional({ default: true, description: 'Cancels what runs; else that may finish' })
  @IsOptional()
  @IsBoolean()
  cancelActive?: boolean;
}

/** Request of POST …/status. */
@RestInput()
export class StatusInput {
  @ApiProperty({
    type: [String],
    example: ['@CopyLogs_2030-01-01T00:00:00'],
    description: 'All instances, or (for PAUSE and RESUME) all components',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAXIMUM_OBJECTS)
  @Text(TEXT.id, { each: true })
  objectIds!: string[];

  @ApiProperty({
    enum: COMMANDS,
    description:
      'RERUN runs again, with what CASCADE_FAILED behind it where the object has failureAndRerunMode CASCADE; TRY_CANCEL; ' +
      'MARK_FINISHED lets go on what waits for it; PAUSE keeps attempts from beginning until RESUME',
  })
  @IsIn(COMMANDS)
  status!: (typeof COMMANDS)[number];
}
