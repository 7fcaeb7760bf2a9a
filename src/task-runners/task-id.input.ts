import { Text } from '../aws-json/text.js';

/** What a runner says of which task. Longer than AWS's 2,048: an id of ours grows with those of pipeline and object. */
export class TaskIdInput {
  @Text({ min: 1, max: 16_384 })
  taskId!: string;
}
