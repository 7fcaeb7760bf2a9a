import { PARENT } from './common-fields.js';
import { text, type FieldDefinition, type ObjectType } from './object-type.js';

/** What all formats share. */
const FORMAT_FIELDS = {
  ...PARENT,
  column: text('Column as "name TYPE".', { list: true }),
} as const satisfies Record<string, FieldDefinition>;

/** Types that say how data is written. Source: objects.yaml, category dataformat. */
export const FORMATS = {
  CSV: {
    category: 'dataformat',
    summary: 'Comma separated, newline records.',
    runtimeFields: 'definition_only',
    fields: {
      ...FORMAT_FIELDS,
      escapeChar: text('Character that makes the parser take the next one literally.'),
    },
  },
  Custom: {
    category: 'dataformat',
    summary: 'User-chosen column and record separators.',
    runtimeFields: 'definition_only',
    fields: {
      ...FORMAT_FIELDS,
      columnSeparator: text('Character that ends a column.', { use: 'required' }),
      recordSeparator: text('Single character that ends a row.'),
    },
  },
  DynamoDBDataFormat: {
    category: 'dataformat',
    summary: 'Schema over a DynamoDB table for HiveActivity; every column the query uses must be listed.',
    runtimeFields: 'definition_only',
    fields: {
      ...FORMAT_FIELDS,
    },
  },
  DynamoDBExportDataFormat: {
    category: 'dataformat',
    summary: 'Schema for HiveCopyActivity over DynamoDB or S3; keeps attributes that are not listed.',
    runtimeFields: 'definition_only',
    fields: {
      ...FORMAT_FIELDS,
    },
  },
  RegEx: {
    category: 'dataformat',
    summary: 'Columns captured by a regular expression.',
    runtimeFields: 'definition_only',
    fields: {
      ...FORMAT_FIELDS,
      inputRegEx: text('Expression that captures the columns.'),
      outputFormat: text('Java formatter text using %1$s … for the captures.'),
    },
  },
  TSV: {
    category: 'dataformat',
    summary: 'Tab separated, newline records.',
    runtimeFields: 'definition_only',
    fields: {
      ...FORMAT_FIELDS,
      columnSeparator: text('Character between columns.', { default: '\t', defaultSource: 'docs' }),
      escapeChar: text('Character that makes the parser take the next one literally.'),
      recordSeparator: text('Character between records.', { default: '\n', defaultSource: 'docs' }),
    },
  },
} as const satisfies Record<string, ObjectType>;
