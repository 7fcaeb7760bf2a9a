import { PARENT } from './common-fields.js';
import { choice, period, text, type ObjectType } from './object-type.js';

/** What starts an ondemand pipeline, named by `trigger` on Default. Penstock's own. */
export const TRIGGERS = {
  ObjectCreatedTrigger: {
    category: 'trigger',
    summary: 'Starts the pipeline for every new object below a directory, once each.',
    runtimeFields: 'definition_only',
    extension: true,
    fields: {
      ...PARENT,
      directoryPath: text('Where objects are looked for: s3://bucket/prefix or file:///directory.', {
        use: 'required',
      }),
      filePattern: text(
        'Which objects count, by their path below directoryPath: `*` and `?` stay inside a name, `**` crosses folders.',
        { defaultNote: 'all' },
      ),
      queueUrl: text(
        'SQS queue that gets the notifications of the S3 bucket, instead of listing the directory.',
      ),
      pollPeriod: period('Pause between two looks.', { default: '1 minute' }),
      settleTime: period('How long an object must have stayed as it is before it counts.', {
        defaultNote: 'none',
      }),
      parameter: text('Id of the parameter that receives the URI of the object.'),
    },
  },
  PipelineFinishedTrigger: {
    category: 'trigger',
    summary: 'Starts the pipeline each time that an interval of another pipeline is over.',
    runtimeFields: 'definition_only',
    extension: true,
    fields: {
      ...PARENT,
      pipelineId: text('The other pipeline by its id, df-….', {
        use: 'oneOf',
        group: ['pipelineId', 'pipelineName'],
      }),
      pipelineName: text('The other pipelines by their name: each of that name counts.', {
        use: 'oneOf',
        group: ['pipelineId', 'pipelineName'],
      }),
      status: choice(['FINISHED', 'FAILED', 'ANY'], 'How the interval must have ended.', {
        default: 'FINISHED',
        caseInsensitive: true,
      }),
      parameter: text('Id of the parameter that receives the id of the other pipeline.'),
    },
  },
} as const satisfies Record<string, ObjectType>;
