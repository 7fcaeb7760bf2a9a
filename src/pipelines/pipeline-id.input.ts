import { Text, TEXT } from '../aws-json/text.js';

/** What most requests begin with. */
export class PipelineIdInput {
  @Text(TEXT.id)
  pipelineId!: string;
}
