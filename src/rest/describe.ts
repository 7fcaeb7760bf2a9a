import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery } from '@nestjs/swagger';
import { DEFAULT_LIMIT, MAXIMUM_LIMIT } from './query.js';

/** What a handler is called in the OpenAPI document, where generated clients take their names from, and what it does. */
export function Does(operationId: string, summary: string, description?: string): MethodDecorator {
  return ApiOperation({ operationId, summary, ...(description === undefined ? {} : { description }) });
}

/** A list in pages. */
export function Paged(): MethodDecorator {
  const limit = { type: 'integer', minimum: 1, maximum: MAXIMUM_LIMIT, default: DEFAULT_LIMIT } as const;
  return applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Entries of the page',
      schema: limit,
      example: 20,
    }),
    ApiQuery({
      name: 'after',
      required: false,
      description: '`next` of the page before; absent for the first',
      schema: { type: 'string' },
    }),
  );
}

/** The parts of the path of what belongs to a pipeline. */
export function InPipeline(
  ...others: readonly { readonly name: string; readonly description: string; readonly example: string }[]
): ClassDecorator & MethodDecorator {
  const id = { name: 'id', description: 'Id of the pipeline', example: 'df-0123456789ABCDEFGHIJ' };
  return applyDecorators(...[id, ...others].map((each) => ApiParam({ ...each, type: String })));
}

/** Part of a path: an instance. */
export const INSTANCE_ID = {
  name: 'instanceId',
  description: 'Id of an instance, `@<object>_<start>`',
  example: '@CopyLogs_2030-01-01T00:00:00',
};

/** Part of a path: an attempt. */
export const ATTEMPT_ID = {
  name: 'attemptId',
  description: 'Id of an attempt, `@<object>_<start>_Attempt=<n>`',
  example: '@CopyLogs_2030-01-01T00:00:00_Attempt=1',
};

/** What a stream of server-sent events is, for the document: one event after the other. */
export function eventSchema(events: readonly string[]) {
  return {
    type: 'object' as const,
    required: ['data'],
    properties: {
      event: { type: 'string' as const, enum: [...events] },
      id: { type: 'string' as const, description: 'To come back with, as Last-Event-ID' },
      data: { type: 'string' as const, example: '{}', description: 'JSON' },
    },
  };
}
