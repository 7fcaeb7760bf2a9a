import { InvalidRequest } from '../../model/errors.js';
import { evaluateText } from '../../model/expression/evaluate.js';
import { ExpressionError } from '../../model/expression/errors.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineIdInput } from '../pipelines/pipeline-id.input.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { Definitions, type ReadableDefinition } from './definitions.js';
import { evaluationContext, type EvaluationSubject } from './evaluated.js';
import { attemptFields, instanceFields } from './instance-fields.js';

/** Longest text with expressions. Source: api.md 1.2. */
const LONGEST_EXPRESSION = 20_971_520;

export class EvaluateExpressionInput extends PipelineIdInput {
  @Text(TEXT.id)
  objectId!: string;

  @Text({ max: LONGEST_EXPRESSION })
  expression!: string;
}

/**
 * A text with its expressions evaluated for one object of any sphere, such as the SQL of a file that a runner has fetched.
 * Secrets are masked. A list is joined by commas (our choice). Source: api.md 2.2.
 */
@Operation('EvaluateExpression', EvaluateExpressionInput)
export class EvaluateExpression {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly definitions: Definitions,
  ) {}

  async handle({ pipelineId, objectId, expression }: EvaluateExpressionInput): Promise<object> {
    await this.pipelines.get(pipelineId);
    const found = await this.find(pipelineId, objectId);
    if (found === undefined) throw new InvalidRequest(`Object "${objectId}" of ${pipelineId} does not exist`);
    try {
      const values = evaluateText(expression, evaluationContext(found.definition, found.subject));
      return { evaluatedExpression: values.join(',') };
    } catch (error) {
      if (error instanceof ExpressionError) throw new InvalidRequest(error.message, { cause: error });
      throw error;
    }
  }

  private async find(
    pipelineId: string,
    objectId: string,
  ): Promise<{ definition: ReadableDefinition; subject: EvaluationSubject } | undefined> {
    const [[instance], [attempt]] = await Promise.all([
      this.objects.instances(pipelineId, [objectId]),
      this.objects.attempts(pipelineId, [objectId]),
    ]);
    const row = instance ?? attempt;
    const definition =
      row === undefined
        ? await this.definitions.latest(pipelineId)
        : await this.definitions.version(pipelineId, row.definitionVersion);
    const component = definition.components.get(row?.componentId ?? objectId);
    if (component === undefined) return undefined;
    if (row === undefined) return { definition, subject: { pipelineId, component } };
    const runtime = [
      ...(instance === undefined ? [] : instanceFields(instance, undefined)),
      ...(attempt === undefined ? [] : attemptFields(attempt, undefined)), // an id is of one sphere only
    ];
    return { definition, subject: { pipelineId, component, nodeId: row.nodeId, runtime } };
  }
}
