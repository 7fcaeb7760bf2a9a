import { ORDERED_FIELDS } from './common-fields.js';
import {
  boolean,
  choice,
  int,
  period,
  reference,
  text,
  type FieldDefinition,
  type ObjectType,
} from './object-type.js';

/** What all activities share. */
const ACTIVITY_FIELDS = {
  ...ORDERED_FIELDS,
  condition: text(
    "What must hold of the dependencies (input, dependsOn) once all of them are over: succeeded(), failed(), skipped() or always(), with ids as in failed('Load'), joined by and, or, not. When it does not hold the instance is SKIPPED. Read as it is: no expressions, and none on Default.",
    { defaultNote: 'none (every dependency must be FINISHED)', extension: true },
  ),
  workerGroup: text('Routing label for user-managed workers; ignored when runsOn is set.', {
    use: 'oneOf',
    group: ['runsOn', 'workerGroup'],
  }),
  maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
    min: 0,
    max: 5,
    default: '2',
    defaultSource: 'old-docs',
  }),
  retryDelay: period('Pause between two attempts.', { default: '10 minutes', defaultSource: 'old-docs' }),
} as const satisfies Record<string, FieldDefinition>;

/** Activities that run on an Ec2Resource or an EmrCluster. */
const RUNS_ON_ANY = {
  runsOn: reference('Ec2Resource|EmrCluster', 'Managed compute that runs the work.', {
    use: 'oneOf',
    group: ['runsOn', 'workerGroup'],
  }),
} as const satisfies Record<string, FieldDefinition>;

/** Activities that run on an EmrCluster. */
const RUNS_ON_CLUSTER = {
  runsOn: reference('EmrCluster', 'Managed compute that runs the work.', {
    use: 'oneOf',
    group: ['runsOn', 'workerGroup'],
  }),
} as const satisfies Record<string, FieldDefinition>;

/** Activities that run Hadoop jobs through the cluster's scheduler. */
const TASK_CONFIG_FIELDS = {
  postActivityTaskConfig: reference('ShellScriptConfig', 'Script run after the activity.'),
  preActivityTaskConfig: reference('ShellScriptConfig', 'Script run before the activity.'),
} as const satisfies Record<string, FieldDefinition>;

/** Activities that may resize their cluster first. */
const RESIZE_FIELDS = {
  resizeClusterBeforeRunning: boolean(
    'Resize the cluster for the DynamoDB inputs/outputs first; forces m3.xlarge nodes.',
  ),
  resizeClusterMaxInstances: int('Upper bound on instances the resize may ask for.'),
} as const satisfies Record<string, FieldDefinition>;

/** Types that do work. Source: objects.yaml, category activity. */
export const ACTIVITIES = {
  CopyActivity: {
    category: 'activity',
    summary:
      'Copies S3 or SQL data to S3 or SQL; record by record, or fast object copy when both ends are S3 with the same dataFormat.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...RUNS_ON_ANY,
      input: reference('S3DataNode|SqlDataNode|MySqlDataNode', 'Source data node.'),
      output: reference('S3DataNode|SqlDataNode|MySqlDataNode', 'Target data node.'),
    },
  },
  EmrActivity: {
    category: 'activity',
    summary: 'Runs one or more EMR steps on a cluster.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...RESIZE_FIELDS,
      ...RUNS_ON_CLUSTER,
      input: reference('DataNode', 'Input data node(s).', { list: true }),
      output: reference('DataNode', 'Output data node(s).', { list: true }),
      postStepCommand: text('Shell command run after all steps.', { list: true, maxItems: 255 }),
      preStepCommand: text('Shell command run before the steps.', { list: true, maxItems: 255 }),
      step: text('Step "jar,arg,arg…"; commas inside an argument are escaped with \\\\.', {
        list: true,
        maxItems: 255,
      }),
    },
  },
  HadoopActivity: {
    category: 'activity',
    summary:
      'Runs a MapReduce JAR through the cluster scheduler (steps may run in parallel, unlike EmrActivity).',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...TASK_CONFIG_FIELDS,
      ...RUNS_ON_CLUSTER,
      jarUri: text('JAR in S3 or on the cluster.', { use: 'required' }),
      argument: text('Argument for the JAR.', { list: true }),
      hadoopQueue: text('Scheduler queue for the job.'),
      input: reference('DataNode', 'Input data node(s).', { list: true }),
      mainClass: text('Main class in the JAR.'),
      output: reference('DataNode', 'Output data node(s).', { list: true }),
    },
  },
  HiveActivity: {
    category: 'activity',
    summary: 'Runs HiveQL on a cluster with automatic ${inputN}/${outputN} tables.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...TASK_CONFIG_FIELDS,
      ...RESIZE_FIELDS,
      ...RUNS_ON_CLUSTER,
      hiveScript: text('HiveQL text.', { use: 'oneOf', group: ['hiveScript', 'scriptUri'] }),
      scriptUri: text('S3 location of the script.', { use: 'oneOf', group: ['hiveScript', 'scriptUri'] }),
      input: reference('DataNode', 'Input data node(s).', {
        list: true,
        note: "required by AWS's table; real definitions leave it out when stage is false",
      }),
      output: reference('DataNode', 'Output data node(s).', {
        list: true,
        note: "required by AWS's table; real definitions leave it out when stage is false",
      }),
      hadoopQueue: text('Scheduler queue for the job.'),
      scriptVariable: text(
        'NAME=value passed to Hive; works with hiveScript or scriptUri, with or without staging.',
        { list: true },
      ),
      stage: boolean('Stage before/after the script; not allowed with Hive 11 (AMI 3.2.0+ needed).'),
      generatedScriptsPath: text('S3 path that receives the evaluated script.', {
        notInTable: true,
        source: 'older docs (by analogy with Pig/HiveCopy; unverified)',
      }),
    },
  },
  HiveCopyActivity: {
    category: 'activity',
    summary: 'Copies/filter DynamoDB or S3 data with a generated Hive query.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...TASK_CONFIG_FIELDS,
      ...RESIZE_FIELDS,
      ...RUNS_ON_CLUSTER,
      filterSql: text('Hive predicate without the word WHERE.'),
      input: reference(
        'S3DataNode|DynamoDBDataNode',
        'S3 or DynamoDB node; a DynamoDB node must use DynamoDBExportDataFormat.',
      ),
      output: reference(
        'S3DataNode|DynamoDBDataNode',
        'If input is S3 this must be DynamoDB; a DynamoDB node must use DynamoDBExportDataFormat.',
      ),
      generatedScriptsPath: text('S3 path that receives the evaluated script.', {
        notInTable: true,
        source: 'older docs',
      }),
    },
  },
  PigActivity: {
    category: 'activity',
    summary: 'Runs a Pig script on a cluster with optional ${inputN}/${outputN} staging.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...TASK_CONFIG_FIELDS,
      ...RESIZE_FIELDS,
      ...RUNS_ON_CLUSTER,
      script: text('Pig text.', { use: 'oneOf', group: ['script', 'scriptUri'] }),
      scriptUri: text('S3 location of the script.', { use: 'oneOf', group: ['script', 'scriptUri'] }),
      input: reference('DataNode', 'Input data node(s).', { list: true }),
      output: reference('DataNode', 'Output data node(s).', { list: true }),
      scriptVariable: text('NAME=value passed to Pig; works with script or scriptUri.', { list: true }),
      stage: boolean('When true the data nodes appear as ${inputN}/${outputN}.'),
      generatedScriptsPath: text('S3 path that receives the evaluated script.', {
        notInTable: true,
        source: 'older docs',
      }),
    },
  },
  RedshiftCopyActivity: {
    category: 'activity',
    summary: 'Loads S3 or DynamoDB into Redshift through staging tables; also unloads Redshift to S3.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...RUNS_ON_ANY,
      insertMode: choice(
        ['KEEP_EXISTING', 'OVERWRITE_EXISTING', 'TRUNCATE', 'APPEND'],
        'What happens to existing rows; KEEP/OVERWRITE match on keys, TRUNCATE empties first, APPEND needs no key and can duplicate on retry.',
        { use: 'required' },
      ),
      commandOptions: text(
        'Options given to COPY (or UNLOAD); ignored when a data format is set on input or output.',
        { list: true },
      ),
      input: reference('S3DataNode|DynamoDBDataNode|RedshiftDataNode', 'S3, DynamoDB or Redshift node.'),
      output: reference('S3DataNode|RedshiftDataNode', 'S3 or Redshift node.'),
      queue: text('Redshift query_group for the session.'),
      transformSql: text(
        'SELECT over table "staging" that shapes rows before the target write; output must match the target schema.',
      ),
    },
  },
  ShellCommandActivity: {
    category: 'activity',
    summary: 'Runs a shell command or a downloaded script; non-zero exit is failure.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...RUNS_ON_ANY,
      command: text('Command line; $1.. are taken from scriptArgument.', {
        use: 'oneOf',
        group: ['command', 'scriptUri'],
      }),
      scriptUri: text('S3 script to download and run; exclusive with command.', {
        use: 'oneOf',
        group: ['command', 'scriptUri'],
      }),
      input: reference('DataNode', 'Input data node(s).', { list: true }),
      output: reference('DataNode', 'Output data node(s).', { list: true }),
      scriptArgument: text(
        'Positional argument(s); table says only with command, AWS samples use it with scriptUri as well.',
        { list: true },
      ),
      stage: boolean('When true S3 inputs/outputs appear as ${INPUTn_STAGING_DIR}/${OUTPUTn_STAGING_DIR}.'),
      stderr: text(
        'Where standard error goes; must be S3 with runsOn, may be a local path with workerGroup.',
      ),
      stdout: text(
        'Where standard output goes; must be S3 with runsOn, may be a local path with workerGroup.',
      ),
    },
  },
  SqlActivity: {
    category: 'activity',
    summary: 'Runs a SQL script on a database.',
    runtimeFields: 'runnable',
    fields: {
      ...ACTIVITY_FIELDS,
      ...RUNS_ON_ANY,
      database: reference('Database', 'Database object to use.', { use: 'required' }),
      script: text('SQL text; exclusive with scriptUri.', { use: 'oneOf', group: ['script', 'scriptUri'] }),
      scriptUri: text('S3 location of the SQL; its text is not evaluated as an expression.', {
        use: 'oneOf',
        group: ['script', 'scriptUri'],
      }),
      input: reference('DataNode', 'Input data node(s).', { list: true }),
      output: reference(
        'DataNode',
        'Not written by the query; for #{output.x} in the script and to create the table from createTableSql.',
        { list: true },
      ),
      queue: text('Redshift only: query_group for the session.'),
      scriptArgument: text('Value(s) bound to the script, each may hold expressions.', { list: true }),
    },
  },
} as const satisfies Record<string, ObjectType>;
