import { PARENT, SCHEDULED_FIELDS } from './common-fields.js';
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
import { REGIONS } from './regions.js';

/** What Ec2Resource and EmrCluster share. */
const RESOURCE_FIELDS = {
  ...SCHEDULED_FIELDS,
  actionOnResourceFailure: choice(
    ['retryall', 'retrynone'],
    'After the resource itself fails: retry all its tasks, or none.',
    { caseInsensitive: true },
  ),
  actionOnTaskFailure: choice(
    ['continue', 'terminate'],
    'After a task on the resource fails: keep the resource, or terminate it.',
    { caseInsensitive: true },
  ),
  availabilityZone: text('Availability Zone to launch in.'),
  httpProxy: reference('HttpProxy', 'Proxy the resource uses for AWS endpoints.'),
  initTimeout: period('How long to wait for the resource to start.'),
  keyPair: text('EC2 key pair for login.'),
  maximumRetries: int('Extra attempts after the first failure. Hard cap 5.', {
    min: 0,
    max: 5,
    defaultNote: 'not stated for this type; activities: 2',
    defaultSource: 'old-docs',
  }),
  region: choice(REGIONS, 'Region code.', { defaultNote: "the pipeline's region", defaultSource: 'docs' }),
  retryDelay: period('Pause between two attempts.', {
    defaultNote: 'not stated for this type; activities: 10 minutes',
    defaultSource: 'old-docs',
  }),
  runsOn: reference('Ec2Resource|EmrCluster', 'Not allowed on a resource.', { use: 'forbidden' }),
  subnetId: text('VPC subnet to launch into.'),
  useOnDemandOnLastAttempt: boolean('Ask for On-Demand instead of Spot on the last attempt.', {
    default: 'true',
    defaultSource: 'old-docs',
  }),
  workerGroup: text('Not allowed on a resource.', { use: 'forbidden' }),
} as const satisfies Record<string, FieldDefinition>;

/** Types that give machines, and the proxy they may use. Source: objects.yaml, category resource. */
export const RESOURCES = {
  Ec2Resource: {
    category: 'resource',
    summary: 'One EC2 instance running Task Runner for the activities that run on it.',
    runtimeFields: 'resource',
    fields: {
      ...RESOURCE_FIELDS,
      resourceRole: text('Role (instance profile) the instance has.', {
        use: 'required',
        default: 'DataPipelineDefaultResourceRole',
        defaultSource: 'docs (IAM page)',
      }),
      role: text('Role the service uses to create the instance.', {
        use: 'required',
        default: 'DataPipelineDefaultRole',
        defaultSource: 'docs (IAM page)',
      }),
      associatePublicIpAddress: boolean('Whether the instance gets a public IP.', {
        defaultNote: 'true in EC2-Classic or default VPC, else false',
        defaultSource: 'docs (garbled)',
      }),
      imageId: text('AMI (HVM); default chosen by region.'),
      instanceCount: int('Deprecated; always one instance.'),
      instanceType: text('EC2 instance type.', {
        defaultNote: 'm1.small or t2.small by region (see semantics.md 9.4)',
        defaultSource: 'docs',
      }),
      minInstanceCount: int('Deprecated.'),
      runAsUser: text('OS user that runs Task Runner.'),
      securityGroupIds: text('Security group ids (VPC).', { list: true }),
      securityGroups: text('Security group names (EC2-Classic).', {
        list: true,
        default: 'default',
        defaultSource: 'old-docs',
      }),
      spotBidPrice: text('Highest hourly Spot price in USD, between 0 and 20.00 exclusive.'),
      terminateAfter: period('Lifetime after which the resource is stopped and becomes TIMEDOUT.'),
      logUri: text('Older log location; prefer pipelineLogUri.', {
        notInTable: true,
        source: 'docs example',
      }),
    },
  },
  EmrCluster: {
    category: 'resource',
    summary: 'An EMR cluster whose master runs Task Runner for the activities that run on it.',
    runtimeFields: 'resource',
    fields: {
      ...RESOURCE_FIELDS,
      additionalMasterSecurityGroupIds: text('Extra security groups of the master.', { list: true }),
      additionalSlaveSecurityGroupIds: text('Extra security groups of the other nodes.', { list: true }),
      amiVersion: text('AMI version for EMR 2.x/3.x; exclusive with releaseLabel.'),
      applications: text('Application to install, comma-separated arguments; release 4.0+.', {
        list: true,
        defaultNote: 'Hive and Pig (release 4.0+)',
        defaultSource: 'docs',
      }),
      bootstrapAction: text('Bootstrap script and comma-separated arguments.', {
        list: true,
        maxItems: 255,
        defaultNote: 'none',
        defaultSource: 'docs',
      }),
      configuration: reference('EmrConfiguration', 'Cluster configuration(s); release 4.0+.', { list: true }),
      coreInstanceBidPrice: text(
        'Highest Spot price (USD, 0–20.00 exclusive) or OnDemandPrice; needs coreInstanceCount.',
      ),
      coreInstanceCount: int('Number of core nodes.', { default: '1', defaultSource: 'old-docs' }),
      coreInstanceType: text('Instance type of core nodes.', {
        defaultNote: 'm1.small or a later default by region',
        defaultSource: 'old-docs',
      }),
      coreGroupConfiguration: reference(
        'EmrConfiguration',
        'Configuration of the core group; release 4.0+.',
        { list: true },
      ),
      coreEbsConfiguration: reference('EbsConfiguration', 'EBS volumes of the core nodes.'),
      EbsBlockDeviceConfig: reference(
        'EbsBlockDeviceConfig',
        'Listed here by mistake: it is a type (and field ebsBlockDeviceConfig of EbsConfiguration).',
        { use: 'mistaken' },
      ),
      emrManagedMasterSecurityGroupId: text('Managed security group of the master (sg-…).'),
      emrManagedSlaveSecurityGroupId: text('Managed security group of the other nodes (sg-…).'),
      enableDebugging: boolean('Turns on EMR debugging.', { note: "AWS's table: String" }),
      hadoopSchedulerType: choice(
        ['PARALLEL_FAIR_SCHEDULING', 'PARALLEL_CAPACITY_SCHEDULING', 'DEFAULT_SCHEDULER'],
        'Hadoop scheduler of the cluster.',
      ),
      masterInstanceBidPrice: text('Highest Spot price (USD, 0–20.00 exclusive) or OnDemandPrice.'),
      masterInstanceType: text('Instance type of the master.', {
        defaultNote: 'm1.small or a later default by region',
        defaultSource: 'old-docs',
      }),
      masterGroupConfiguration: reference(
        'EmrConfiguration',
        'Configuration of the master group; release 4.0+.',
        { list: true },
      ),
      masterEbsConfiguration: reference('EbsConfiguration', 'EBS volumes of the master node.'),
      releaseLabel: text('EMR release (emr-4.0.0 or later); exclusive with amiVersion.'),
      resourceRole: text(
        'Instance profile of the nodes in examples; the table describes it as the role that creates the cluster.',
        {
          defaultNote:
            'DataPipelineDefaultRole per the table; DataPipelineDefaultResourceRole in every example',
          defaultSource: 'docs (contradiction)',
        },
      ),
      role: text('Service role passed to EMR.', {
        default: 'DataPipelineDefaultRole',
        defaultSource: 'docs (IAM page)',
      }),
      serviceAccessSecurityGroupId: text('Service-access security group (private subnets).'),
      supportedProducts: text('Third-party product to install.', { list: true }),
      taskInstanceBidPrice: text('Highest Spot price (USD, 0–20.00 exclusive) or OnDemandPrice.'),
      taskInstanceCount: int('Number of task nodes.', {
        default: '1',
        defaultSource: 'old-docs: only if task nodes are asked for',
      }),
      taskInstanceType: text('Instance type of task nodes.'),
      taskGroupConfiguration: reference(
        'EmrConfiguration',
        'Configuration of the task group; release 4.0+.',
        { list: true },
      ),
      taskEbsConfiguration: reference(
        'EbsConfiguration',
        'EBS volumes of the task nodes (history page spells it TaskEbsConfiguration).',
      ),
      terminateAfter: period('Lifetime after which the cluster is stopped and becomes TIMEDOUT.', {
        note: 'AWS\'s table: Integer (hours); every example and other object uses a period such as "1 Hour"',
      }),
      VolumeSpecification: reference(
        'VolumeSpecification',
        'Listed here by mistake: it is a type (and field volumeSpecification of EbsBlockDeviceConfig).',
        { use: 'mistaken' },
      ),
      emrLogUri: text('EMR log location; takes precedence over pipelineLogUri.', {
        notInTable: true,
        source: 'docs prose (viewing logs)',
      }),
      logUri: text('Older log location, as on Ec2Resource.', {
        notInTable: true,
        source: 'public definition',
      }),
      hadoopVersion: text('Hadoop version for old AMIs.', { notInTable: true, source: 'docs example' }),
      visibleToAllUsers: boolean('EMR visibility flag.', { notInTable: true, source: 'docs prose' }),
      installHive: text('Hive version(s) to install on old AMIs.', {
        notInTable: true,
        source: 'AWS samples',
      }),
    },
  },
  HttpProxy: {
    category: 'resource',
    summary: 'Proxy through which a managed resource reaches AWS endpoints.',
    runtimeFields: 'definition_only',
    fields: {
      ...PARENT,
      hostname: text('Proxy host.', { use: 'required' }),
      port: text('Proxy port.', { use: 'required' }),
      '*password': text('Proxy password.'),
      s3NoProxy: boolean('Bypass the proxy for S3.'),
      username: text('Proxy user.'),
      windowsDomain: text('NTLM domain.'),
      windowsWorkgroup: text('NTLM workgroup.'),
    },
  },
} as const satisfies Record<string, ObjectType>;
