import { ACTIONS } from './actions.js';
import { ACTIVITIES } from './activities.js';
import { DATA_NODES } from './data-nodes.js';
import { DATABASES } from './databases.js';
import { FORMATS } from './formats.js';
import type { FieldDefinition, ObjectType } from './object-type.js';
import { PRECONDITIONS } from './preconditions.js';
import { RESOURCES } from './resources.js';
import { SCHEDULES } from './schedules.js';
import { TRIGGERS } from './triggers.js';
import { UTILITIES } from './utilities.js';

/** Every object type by its wire name: drives validation, the API, the console's forms and the documentation. */
export const OBJECT_TYPES: Readonly<Record<string, ObjectType>> = {
  ...SCHEDULES,
  ...ACTIONS,
  ...ACTIVITIES,
  ...DATA_NODES,
  ...RESOURCES,
  ...PRECONDITIONS,
  ...DATABASES,
  ...FORMATS,
  ...UTILITIES,
  ...TRIGGERS,
};

/** Groups of types that a reference may name instead of a type. `Any` is every type, also none. Source: objects.yaml, abstract_types; Trigger is ours. */
export const ABSTRACT_TYPES: Readonly<Record<string, readonly string[]>> = {
  Action: ['SnsAlarm', 'Terminate', 'EmailAlarm', 'WebhookAlarm'],
  Activity: [
    'CopyActivity',
    'EmrActivity',
    'HadoopActivity',
    'HiveActivity',
    'HiveCopyActivity',
    'PigActivity',
    'RedshiftCopyActivity',
    'ShellCommandActivity',
    'SqlActivity',
  ],
  DataNode: ['DynamoDBDataNode', 'MySqlDataNode', 'RedshiftDataNode', 'S3DataNode', 'SqlDataNode'],
  Resource: ['Ec2Resource', 'EmrCluster'],
  Precondition: [
    'DynamoDBDataExists',
    'DynamoDBTableExists',
    'Exists',
    'S3KeyExists',
    'S3PrefixNotEmpty',
    'ShellCommandPrecondition',
  ],
  SystemManagedPrecondition: ['DynamoDBDataExists', 'DynamoDBTableExists', 'S3KeyExists', 'S3PrefixNotEmpty'],
  UserManagedPrecondition: ['Exists', 'ShellCommandPrecondition'],
  Database: ['JdbcDatabase', 'RdsDatabase', 'RedshiftDatabase'],
  DataFormat: ['CSV', 'Custom', 'DynamoDBDataFormat', 'DynamoDBExportDataFormat', 'RegEx', 'TSV'],
  Trigger: ['ObjectCreatedTrigger', 'PipelineFinishedTrigger'],
  Runnable: [
    'CopyActivity',
    'EmrActivity',
    'HadoopActivity',
    'HiveActivity',
    'HiveCopyActivity',
    'PigActivity',
    'RedshiftCopyActivity',
    'ShellCommandActivity',
    'SqlActivity',
    'DynamoDBDataNode',
    'MySqlDataNode',
    'RedshiftDataNode',
    'S3DataNode',
    'SqlDataNode',
    'Ec2Resource',
    'EmrCluster',
    'DynamoDBDataExists',
    'DynamoDBTableExists',
    'Exists',
    'S3KeyExists',
    'S3PrefixNotEmpty',
    'ShellCommandPrecondition',
  ],
};

/** The type of that wire name, or undefined. Safe for names such as `constructor`. */
export function objectType(name: string | undefined): ObjectType | undefined {
  return name !== undefined && Object.hasOwn(OBJECT_TYPES, name) ? OBJECT_TYPES[name] : undefined;
}

/** The field of a type, or undefined. */
export function fieldOf(type: ObjectType, name: string): FieldDefinition | undefined {
  return Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
}

/** Names of the types that a reference with `targets` may point at; undefined when any object will do. */
export function targetTypes(targets: readonly string[]): readonly string[] | undefined {
  let types = typesByTargets.get(targets);
  if (types === undefined && !targets.includes('Any')) {
    types = targets.flatMap((target) =>
      Object.hasOwn(ABSTRACT_TYPES, target) ? (ABSTRACT_TYPES[target] ?? []) : [target],
    );
    typesByTargets.set(targets, types);
  }
  return types;
}

const typesByTargets = new WeakMap<readonly string[], readonly string[]>();
