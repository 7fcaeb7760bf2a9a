/** How the intervals of a template may run. Source: semantics.md 19, Default object. */
export const TEMPLATE_SCHEDULES = ['cron', 'timeseries', 'ondemand'] as const;
export type TemplateSchedule = (typeof TEMPLATE_SCHEDULES)[number];

/** A template without its definition, which is the file `templates/<id>.json`. */
export interface TemplateEntry {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** What its scheduleType may be; the first is what it has. */
  readonly schedules: readonly [TemplateSchedule, ...TemplateSchedule[]];
  /** Objects whose `command` is a file of `templates/`. */
  readonly commands?: Readonly<Record<string, string>>;
}

const ANY = ['cron', 'timeseries', 'ondemand'] as const;
/** Which rows it copies depends on the interval, and only a timeseries interval is over when it runs. */
const AFTER_THE_INTERVAL = ['timeseries'] as const;
const TABLE_LIKE_MYSQL = { RedshiftTableCreateActivity: 'mysql-table-to-redshift.sh' } as const;

/** AWS's templates, in its order. Source: semantics.md 19; ids are ours, made of AWS's titles. */
export const TEMPLATES: readonly TemplateEntry[] = [
  {
    id: 'getting-started-with-shell-command',
    title: 'Getting started with ShellCommandActivity',
    summary: 'Runs a shell command over the files of an S3 folder, four times, every 15 minutes.',
    schedules: ANY,
  },
  {
    id: 'run-aws-cli-command',
    title: 'Run AWS CLI command',
    summary: 'Runs a command of the AWS CLI.',
    schedules: ANY,
  },
  {
    id: 'export-dynamodb-table-to-s3',
    title: 'Export DynamoDB table to S3',
    summary: 'Writes a DynamoDB table to a new S3 folder each time, by a job on an EMR cluster.',
    schedules: ANY,
  },
  {
    id: 'import-dynamodb-backup-from-s3',
    title: 'Import DynamoDB backup data from S3',
    summary: 'Loads what an export has written into a DynamoDB table, by a job on an EMR cluster.',
    schedules: ANY,
  },
  {
    id: 'run-job-on-emr-cluster',
    title: 'Run job on an Elastic MapReduce cluster',
    summary: 'Starts an EMR cluster and runs steps on it.',
    schedules: ANY,
  },
  {
    id: 'full-copy-rds-mysql-table-to-s3',
    title: 'Full copy of RDS MySQL table to S3',
    summary: 'Copies a whole table of MySQL to a new S3 folder each time, as CSV.',
    schedules: ANY,
  },
  {
    id: 'incremental-copy-rds-mysql-table-to-s3',
    title: 'Incremental copy of RDS MySQL table to S3',
    summary:
      'Copies the rows of a table of MySQL that were written in the interval to a new S3 folder, as CSV. Deletions are not seen.',
    schedules: AFTER_THE_INTERVAL,
  },
  {
    id: 'load-s3-data-into-rds-mysql-table',
    title: 'Load S3 data into RDS MySQL table',
    summary: 'Loads the CSV files of an S3 folder into a table of MySQL.',
    schedules: ANY,
  },
  {
    id: 'full-copy-rds-mysql-table-to-redshift',
    title: 'Full copy of RDS MySQL table to Redshift',
    summary:
      'Copies a whole table of MySQL to Redshift by way of S3, and makes the table there when it is not.',
    schedules: ANY,
    commands: TABLE_LIKE_MYSQL,
  },
  {
    id: 'incremental-copy-rds-mysql-table-to-redshift',
    title: 'Incremental copy of an RDS MySQL table to Redshift',
    summary:
      'Copies the rows of a table of MySQL that were written in the interval to Redshift by way of S3. Deletions are not seen.',
    schedules: AFTER_THE_INTERVAL,
    commands: TABLE_LIKE_MYSQL,
  },
  {
    id: 'load-s3-data-into-redshift',
    title: 'Load data from S3 into Redshift',
    summary: 'Loads the CSV files of an S3 folder into a table of Redshift.',
    schedules: ANY,
  },
];
