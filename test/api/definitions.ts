import type { ParameterObject, ParameterValue, PipelineObject } from '@aws-sdk/client-data-pipeline';

/** A definition as the SDK's requests take it. */
export interface SdkDefinition {
  pipelineObjects: PipelineObject[];
  parameterObjects: ParameterObject[];
  parameterValues: ParameterValue[];
}

/** Three hours of 2030, one shell command each (api.md 4). */
export function hourly(command = '#{myCommand}'): SdkDefinition {
  return {
    pipelineObjects: [
      {
        id: 'Hourly',
        name: 'Hourly',
        fields: [
          { key: 'type', stringValue: 'Schedule' },
          { key: 'period', stringValue: '1 hour' },
          { key: 'startDateTime', stringValue: '2030-01-01T00:00:00' },
          { key: 'occurrences', stringValue: '3' },
        ],
      },
      {
        id: 'Say',
        name: 'Say',
        fields: [
          { key: 'type', stringValue: 'ShellCommandActivity' },
          { key: 'schedule', refValue: 'Hourly' },
          { key: 'scheduleType', stringValue: 'cron' },
          { key: 'command', stringValue: command },
          { key: 'workerGroup', stringValue: 'wg' },
        ],
      },
    ],
    parameterObjects: [{ id: 'myCommand', attributes: [{ key: 'type', stringValue: 'String' }] }],
    parameterValues: [{ id: 'myCommand', stringValue: 'date' }],
  };
}
