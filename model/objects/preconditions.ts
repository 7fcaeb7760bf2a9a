import { EXECUTION_FIELDS } from './common-fields.js';
import { int, period, text, type FieldDefinition, type ObjectType } from './object-type.js';

/** What all preconditions share. */
const PRECONDITION_FIELDS = {
  ...EXECUTION_FIELDS,
  preconditionTimeout: period('Time from start after which an unmet precondition fails.', {
    defaultNote: 'none: checked until true',
    defaultSource: 'aws-support (stated for system-managed)',
  }),
  retryDelay: period('Pause between two attempts.', {
    defaultNote: 'not stated for this type; activities: 10 minutes',
    defaultSource: 'old-docs',
  }),
} as const satisfies Record<string, FieldDefinition>;

/** Preconditions that the service itself checks. */
const SYSTEM_MANAGED_FIELDS = {
  role: text('Role that runs the check.', { use: 'required' }),
} as const satisfies Record<string, FieldDefinition>;

/** Types that say when an object is ready. Source: objects.yaml, category precondition. */
export const PRECONDITIONS = {
  DynamoDBDataExists: {
    category: 'precondition',
    summary: 'True when the table holds at least one item (system-managed).',
    runtimeFields: 'precondition_system',
    fields: {
      ...PRECONDITION_FIELDS,
      ...SYSTEM_MANAGED_FIELDS,
      tableName: text('Table to check.', { use: 'required' }),
      maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
        min: 0,
        max: 5,
        defaultNote: 'not stated for this type; activities: 2',
        defaultSource: 'old-docs',
      }),
    },
  },
  DynamoDBTableExists: {
    category: 'precondition',
    summary: 'True when the table exists (system-managed).',
    runtimeFields: 'precondition_system',
    fields: {
      ...PRECONDITION_FIELDS,
      ...SYSTEM_MANAGED_FIELDS,
      tableName: text('Table to check.', { use: 'required' }),
      maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
        min: 0,
        max: 5,
        defaultNote: 'not stated for this type; activities: 2',
        defaultSource: 'old-docs',
      }),
    },
  },
  Exists: {
    category: 'precondition',
    summary: 'True when the data node that references it exists (user-managed; not for DynamoDBDataNode).',
    runtimeFields: 'precondition_user',
    fields: {
      ...PRECONDITION_FIELDS,
      maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
        min: 0,
        max: 5,
        defaultNote: 'not stated for this type; activities: 2',
        defaultSource: 'old-docs',
      }),
    },
  },
  S3KeyExists: {
    category: 'precondition',
    summary: 'True when the exact S3 key exists (system-managed).',
    runtimeFields: 'precondition_system',
    fields: {
      ...PRECONDITION_FIELDS,
      ...SYSTEM_MANAGED_FIELDS,
      s3Key: text('Full URI of the key.', { use: 'required' }),
      maximumRetries: int('Most attempts started on failure (other pages: most retries).', {
        min: 0,
        max: 5,
        defaultNote: 'not stated for this type; activities: 2',
        defaultSource: 'old-docs',
      }),
    },
  },
  S3PrefixNotEmpty: {
    category: 'precondition',
    summary: 'True when at least one object has the prefix (system-managed).',
    runtimeFields: 'precondition_system',
    fields: {
      ...PRECONDITION_FIELDS,
      ...SYSTEM_MANAGED_FIELDS,
      s3Prefix: text('Full URI of the prefix.', { use: 'required' }),
      maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
        min: 0,
        max: 5,
        defaultNote: 'not stated for this type; activities: 2',
        defaultSource: 'old-docs',
      }),
    },
  },
  ShellCommandPrecondition: {
    category: 'precondition',
    summary: 'True when the command exits 0 on the resource/worker of the object using it (user-managed).',
    runtimeFields: 'precondition_user',
    fields: {
      ...PRECONDITION_FIELDS,
      command: text('Shell command to run.', { use: 'oneOf', group: ['command', 'scriptUri'] }),
      scriptUri: text('S3 script to download and run; exclusive with command.', {
        use: 'oneOf',
        group: ['command', 'scriptUri'],
      }),
      maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
        min: 0,
        max: 5,
        defaultNote: 'not stated for this type; activities: 2',
        defaultSource: 'old-docs',
      }),
      scriptArgument: text('Argument(s) for the script.', { list: true }),
      stderr: text(
        'Where standard error goes; must be S3 with runsOn, may be a local path with workerGroup.',
      ),
      stdout: text(
        'Where standard output goes; must be S3 with runsOn, may be a local path with workerGroup.',
      ),
    },
  },
} as const satisfies Record<string, ObjectType>;
