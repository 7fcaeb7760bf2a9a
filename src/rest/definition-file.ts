import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { maskSecrets } from '../../model/definition/secrets.js';
import { writeDefinitionFile } from '../../model/definition/write-definition-file.js';
import type { DefinitionFileView } from './definition.views.js';

/** A definition as the AWS CLI's file has it, secrets masked. */
export function fileOf(definition: PipelineDefinition): DefinitionFileView {
  return JSON.parse(writeDefinitionFile(maskSecrets(definition))) as DefinitionFileView;
}
