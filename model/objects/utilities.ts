import { PARENT } from './common-fields.js';
import { boolean, int, reference, text, type ObjectType } from './object-type.js';

/** Types that only configure others. Source: objects.yaml, category utility. */
export const UTILITIES = {
  EmrConfiguration: {
    category: 'utility',
    summary: 'One EMR 4+ configuration classification; may nest.',
    runtimeFields: 'definition_only',
    fields: {
      ...PARENT,
      classification: text('Configuration file/classification name.', { use: 'required' }),
      configuration: reference('EmrConfiguration', 'Nested configuration(s).', { list: true }),
      property: reference('Property', 'Properties of the classification.', { list: true }),
    },
  },
  Property: {
    category: 'utility',
    summary: 'One key/value inside an EmrConfiguration.',
    runtimeFields: 'definition_only',
    fields: {
      ...PARENT,
      key: text('Property name.', { use: 'required' }),
      value: text('Property value.', { use: 'required' }),
    },
  },
  ShellScriptConfig: {
    category: 'utility',
    summary: 'Script run before or after a Hadoop-family activity.',
    runtimeFields: 'definition_only',
    fields: {
      ...PARENT,
      scriptArgument: text('Argument(s) of the script.', { list: true }),
      scriptUri: text('S3 location of the script.'),
    },
  },
  EbsConfiguration: {
    category: 'utility',
    summary: 'EBS volumes for one EMR instance group (type only documented through an example).',
    runtimeFields: 'definition_only',
    fields: {
      ebsOptimized: boolean('Use EBS-optimized instances.', { notInTable: true, source: 'docs example' }),
      ebsBlockDeviceConfig: reference('EbsBlockDeviceConfig', 'Block devices to attach.', {
        list: true,
        notInTable: true,
        source: 'docs example',
      }),
    },
  },
  EbsBlockDeviceConfig: {
    category: 'utility',
    summary: 'Number and kind of volumes per instance.',
    runtimeFields: 'definition_only',
    fields: {
      volumesPerInstance: int('Volumes per instance.', {
        notInTable: true,
        source: 'docs example; left out in real use',
      }),
      volumeSpecification: reference('VolumeSpecification', 'Volume description.', {
        use: 'required',
        notInTable: true,
        source: 'docs example',
      }),
    },
  },
  VolumeSpecification: {
    category: 'utility',
    summary: 'Size, type and IOPS of a volume.',
    runtimeFields: 'definition_only',
    fields: {
      sizeInGB: int('Size in GiB.', { use: 'required', notInTable: true, source: 'docs example' }),
      volumeType: text('EBS volume type.', {
        use: 'required',
        valuesSeen: ['io1', 'gp2'],
        notInTable: true,
        source: 'docs example and public definitions',
      }),
      iops: int('Provisioned IOPS (io1).', { notInTable: true, source: 'docs example' }),
    },
  },
} as const satisfies Record<string, ObjectType>;
