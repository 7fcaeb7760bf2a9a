import { PARENT } from './common-fields.js';
import { choice, text, type FieldDefinition, type ObjectType } from './object-type.js';
import { REGIONS } from './regions.js';

/** What all databases share. */
const DATABASE_FIELDS = {
  ...PARENT,
  '*password': text('Password (stored encrypted; the star is part of the name).', { use: 'required' }),
  username: text('User name.', { use: 'required' }),
  databaseName: text('Logical database to connect to.'),
  jdbcProperties: text('JDBC connection properties, each as A=B.', { list: true }),
} as const satisfies Record<string, FieldDefinition>;

/** Types that name databases. Source: objects.yaml, category database. */
export const DATABASES = {
  JdbcDatabase: {
    category: 'database',
    summary: 'Generic JDBC connection. Penstock connects to PostgreSQL, SQL Server and Oracle.',
    runtimeFields: 'definition_only',
    fields: {
      ...DATABASE_FIELDS,
      connectionString: text(
        'JDBC URL: jdbc:postgresql://host:port/database, jdbc:sqlserver://host:port;databaseName=database, jdbc:oracle:thin:@//host:port/service.',
        { use: 'required' },
      ),
      jdbcDriverClass: text('Driver class; Penstock goes by the URL.', { use: 'required' }),
      jdbcDriverJarUri: text(
        'S3 location of the driver JAR; without effect, since Penstock has its own drivers.',
      ),
    },
  },
  RdsDatabase: {
    category: 'database',
    summary: 'RDS instance looked up by id (no Aurora: use JdbcDatabase).',
    runtimeFields: 'definition_only',
    fields: {
      ...DATABASE_FIELDS,
      rdsInstanceId: text('DB instance identifier.', { use: 'required' }),
      jdbcDriverJarUri: text('S3 location of the driver JAR; required for Oracle and SQL Server.', {
        defaultNote: 'bundled driver for MySQL and PostgreSQL',
        defaultSource: 'docs',
      }),
      region: choice(REGIONS, 'Region of the database.'),
    },
  },
  RedshiftDatabase: {
    category: 'database',
    summary: 'Redshift database: by clusterId (Postgres driver) or connectionString (Redshift driver).',
    runtimeFields: 'definition_only',
    fields: {
      ...DATABASE_FIELDS,
      clusterId: text('Cluster identifier given by the user; exclusive with connectionString.', {
        use: 'oneOf',
        group: ['clusterId', 'connectionString'],
      }),
      connectionString: text(
        'jdbc:redshift: URL, e.g. for a cluster of another account; exclusive with clusterId.',
        { use: 'oneOf', group: ['clusterId', 'connectionString'] },
      ),
      region: choice(REGIONS, 'Region of the cluster.'),
    },
  },
} as const satisfies Record<string, ObjectType>;
