import { ORDERED_FIELDS } from './common-fields.js';
import {
  choice,
  double,
  int,
  period,
  reference,
  text,
  type FieldDefinition,
  type ObjectType,
} from './object-type.js';
import { REGIONS } from './regions.js';

/** What all data nodes share. */
const DATA_NODE_FIELDS = {
  ...ORDERED_FIELDS,
  maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
    min: 0,
    max: 5,
    defaultNote: 'not stated for this type; activities: 2',
    defaultSource: 'old-docs',
  }),
  retryDelay: period('Pause between two attempts.', {
    defaultNote: 'not stated for this type; activities: 10 minutes',
    defaultSource: 'old-docs',
  }),
  runsOn: reference('Ec2Resource|EmrCluster', 'Managed compute that runs the work.'),
  workerGroup: text('Routing label for user-managed workers; ignored when runsOn is set.'),
} as const satisfies Record<string, FieldDefinition>;

/** What SqlDataNode and MySqlDataNode share. */
const SQL_TABLE_FIELDS = {
  createTableSql: text('SQL that creates the table.'),
  database: reference('JdbcDatabase|RdsDatabase|RedshiftDatabase', 'Database object to use.'),
  insertQuery: text('SQL used to write rows.'),
  schemaName: text('Schema that holds the table.'),
  selectQuery: text('SQL used to read rows.'),
} as const satisfies Record<string, FieldDefinition>;

/** Types that name data. Source: objects.yaml, category datanode. */
export const DATA_NODES = {
  DynamoDBDataNode: {
    category: 'datanode',
    summary: 'A DynamoDB table used by Hive/EMR/Redshift copy activities.',
    runtimeFields: 'runnable',
    fields: {
      ...DATA_NODE_FIELDS,
      tableName: text('Table name.', { use: 'required' }),
      dataFormat: reference(
        'DynamoDBDataFormat|DynamoDBExportDataFormat',
        'Schema; only HiveActivity and HiveCopyActivity use it.',
      ),
      readThroughputPercent: double('Share of provisioned read capacity to use, 0.1 to 1.0.', {
        min: 0.1,
        max: 1,
      }),
      region: choice(REGIONS, 'Region of the table; used when HiveActivity stages the table.'),
      writeThroughputPercent: double('Share of provisioned write capacity to use, 0.1 to 1.0.', {
        min: 0.1,
        max: 1,
      }),
    },
  },
  MySqlDataNode: {
    category: 'datanode',
    summary: 'Deprecated form of SqlDataNode for MySQL.',
    runtimeFields: 'runnable',
    fields: {
      ...DATA_NODE_FIELDS,
      ...SQL_TABLE_FIELDS,
      table: text('Table in the MySQL database.', { use: 'required' }),
      username: text('User name (form before Database objects).', {
        notInTable: true,
        source: 'docs example',
      }),
      '*password': text('Password (form before Database objects).', {
        notInTable: true,
        source: 'docs example',
      }),
      connectionString: text('JDBC URL (form before Database objects).', {
        notInTable: true,
        source: 'docs example',
      }),
    },
  },
  RedshiftDataNode: {
    category: 'datanode',
    summary: 'A Redshift table.',
    runtimeFields: 'runnable',
    fields: {
      ...DATA_NODE_FIELDS,
      database: reference('RedshiftDatabase', 'Database object to use.', { use: 'required' }),
      tableName: text('Table; created when absent and createTableSql is given.', { use: 'required' }),
      createTableSql: text(
        'Run when tableName is absent from schemaName; not parsed, so name the schema in it.',
      ),
      primaryKeys: text('Column(s) used as merge key; override the table key.', { list: true }),
      schemaName: text('Schema that holds the table.', { default: 'PUBLIC', defaultSource: 'docs' }),
    },
  },
  S3DataNode: {
    category: 'datanode',
    summary: 'An S3 object or prefix.',
    runtimeFields: 'runnable',
    fields: {
      ...DATA_NODE_FIELDS,
      compression: choice(['none', 'gzip'], 'Compression of the data; only for Redshift and CopyActivity.', {
        caseInsensitive: true,
      }),
      dataFormat: reference('DataFormat', 'Format of the data; as CopyActivity input only CSV and TSV.'),
      directoryPath: text('URI of a prefix holding many objects; needed for output staging.', {
        use: 'oneOf',
        group: ['filePath', 'directoryPath'],
        note: 'table says Optional, text says one is needed',
      }),
      filePath: text('URI of one object.', {
        use: 'oneOf',
        group: ['filePath', 'directoryPath'],
        note: 'table says Optional, text says one is needed',
      }),
      manifestFilePath: text('Redshift manifest; only valid with RedshiftCopyActivity.'),
      s3EncryptionType: choice(
        ['SERVER_SIDE_ENCRYPTION', 'NONE'],
        'Encryption applied on write; NONE turns it off.',
        { default: 'SERVER_SIDE_ENCRYPTION', defaultSource: 'docs' },
      ),
    },
  },
  SqlDataNode: {
    category: 'datanode',
    summary: 'A table in a JDBC-reachable database.',
    runtimeFields: 'runnable',
    fields: {
      ...DATA_NODE_FIELDS,
      ...SQL_TABLE_FIELDS,
      table: text('Table in the SQL database.', { use: 'required' }),
      username: text('User name (form before Database objects).', {
        notInTable: true,
        source: 'older docs and samples',
      }),
      '*password': text('Password (form before Database objects).', {
        notInTable: true,
        source: 'older docs and samples',
      }),
      connectionString: text('JDBC URL (form before Database objects).', {
        notInTable: true,
        source: 'older docs and samples',
      }),
    },
  },
} as const satisfies Record<string, ObjectType>;
