import type { RawRequest } from './raw-request.js';

/** Requests that are refused: what they are, status, type of the error, and what its message says. */
export const BAD_REQUESTS: readonly [string, RawRequest, number, string, string | RegExp][] = [
  [
    'broken JSON',
    { target: 'DataPipeline.CreatePipeline', body: '{"name":\n "a",}' },
    400,
    'SerializationException',
    /line 2, column 6/,
  ],
  [
    'a list for an object',
    { target: 'DataPipeline.CreatePipeline', body: '[]' },
    400,
    'SerializationException',
    /no object/,
  ],
  [
    'no UTF-8',
    { target: 'DataPipeline.CreatePipeline', body: Buffer.from([0x7b, 0xff, 0x7d]) },
    400,
    'SerializationException',
    /UTF-8/,
  ],
  [
    'another content type',
    { target: 'DataPipeline.ListPipelines', body: '{}', contentType: 'text/plain' },
    400,
    'SerializationException',
    /"text\/plain"/,
  ],
  [
    'an unknown operation',
    { target: 'DataPipeline.MakeCoffee', body: '{}' },
    400,
    'UnknownOperationException',
    /"DataPipeline.MakeCoffee"/,
  ],
  [
    'another service',
    { target: 'DynamoDB_20120810.ListTables', body: '{}' },
    400,
    'UnknownOperationException',
    /DynamoDB/,
  ],
  ['no target', { body: '{}' }, 400, 'UnknownOperationException', /missing/],
  [
    'a missing member',
    { target: 'DataPipeline.CreatePipeline', body: '{"name":"a"}' },
    400,
    'InvalidRequestException',
    "1 validation error detected: Value null at 'uniqueId' failed to satisfy constraint: Member must not be null",
  ],
  [
    'an empty name',
    { target: 'DataPipeline.CreatePipeline', body: '{"name":"","uniqueId":"u"}' },
    400,
    'InvalidRequestException',
    "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'a long name',
    {
      target: 'DataPipeline.CreatePipeline',
      body: JSON.stringify({ name: 'x'.repeat(1025), uniqueId: 'u' }),
    },
    400,
    'InvalidRequestException',
    /'name'.*less than or equal to 1024/,
  ],
  [
    'a control character',
    { target: 'DataPipeline.CreatePipeline', body: JSON.stringify({ name: 'a\u0000b', uniqueId: 'u' }) },
    400,
    'InvalidRequestException',
    /U\+0000 \(at position 2\)/,
  ],
  [
    'a number for a text',
    { target: 'DataPipeline.CreatePipeline', body: '{"name":5,"uniqueId":"u"}' },
    400,
    'InvalidRequestException',
    /Value '5' at 'name'.*must be a string/,
  ],
  [
    'a text for a list',
    { target: 'DataPipeline.DescribePipelines', body: '{"pipelineIds":"df-X"}' },
    400,
    'InvalidRequestException',
    /'pipelineIds'.*array/,
  ],
  [
    'an unknown pipeline',
    { target: 'DataPipeline.GetPipelineDefinition', body: '{"pipelineId":"df-NO"}' },
    400,
    'PipelineNotFoundException',
    'Pipeline with id: df-NO does not exist',
  ],
  [
    'eleven tags',
    {
      target: 'DataPipeline.CreatePipeline',
      body: JSON.stringify({
        name: 'a',
        uniqueId: 'b',
        tags: Array.from({ length: 11 }, (_, index) => ({ key: String(index), value: '' })),
      }),
    },
    400,
    'InvalidRequestException',
    /'tags'/,
  ],
  [
    'a tag twice',
    {
      target: 'DataPipeline.CreatePipeline',
      body: '{"name":"a","uniqueId":"b","tags":[{"key":"k","value":""},{"key":"k","value":""}]}',
    },
    400,
    'InvalidRequestException',
    /"k"/,
  ],
];
