import { textsOf } from '../../model/definition/component.js';
import { ApiError, InvalidRequest } from '../../model/errors.js';
import { evaluateText } from '../../model/expression/evaluate.js';
import { ExpressionError } from '../../model/expression/errors.js';
import { AccessControl, principalOfCall } from '../access/access-control.js';
import { Operation } from '../aws-json/operation.js';
import { Text, TEXT } from '../aws-json/text.js';
import { PipelineIdInput } from '../pipelines/pipeline-id.input.js';
import { ObjectStore } from '../store/object-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { Definitions, type ReadableDefinition } from './definitions.js';
import { evaluatedComponent, evaluationContext, type EvaluationSubject } from './evaluated.js';
import { attemptFields, instanceFields } from './instance-fields.js';

/** Longest text with expressions. Source: api.md 1.2. */
const LONGEST_EXPRESSION = 20_971_520;

export class EvaluateExpressionInput extends PipelineIdInput {
  @Text(TEXT.id)
  objectId!: string;

  @Text({ max: LONGEST_EXPRESSION })
  expression!: string;
}

/** An object, and where its expressions are evaluated. */
interface Found {
  readonly definition: ReadableDefinition;
  readonly subject: EvaluationSubject;
  /** It is with a task runner, or waits for one. */
  readonly isTask: boolean;
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
    private readonly access: AccessControl,
  ) {}

  async handle({ pipelineId, objectId, expression }: EvaluateExpressionInput): Promise<object> {
    await this.access.check('datapipeline:EvaluateExpression', {
      pipelineIds: [pipelineId],
      workerGroups: await this.groupsOfTask(pipelineId, objectId),
    });
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

  /** Of a worker-group credential: the group that the object is a task of; none unless it is one that has not ended. */
  private async groupsOfTask(pipelineId: string, objectId: string): Promise<string[]> {
    if (principalOfCall().workerGroups === undefined) return [];
    try {
      const found = await this.find(pipelineId, objectId);
      if (found?.isTask !== true) return [];
      const { component, nodeId } = found.subject;
      // A precondition is checked where the object that uses it works.
      const node = nodeId === undefined ? undefined : found.definition.components.get(nodeId);
      return [component, ...(node === undefined ? [] : [node])].flatMap((each) =>
        textsOf(evaluatedComponent(found.definition, { ...found.subject, component: each }), 'workerGroup'),
      );
    } catch (error) {
      if (error instanceof ApiError || error instanceof ExpressionError) return [];
      throw error;
    }
  }

  private async find(pipelineId: string, objectId: string): Promise<Found | undefined> {
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
    if (row === undefined) return { definition, subject: { pipelineId, component }, isTask: false };
    const runtime = [
      ...(instance === undefined ? [] : instanceFields(instance, undefined)),
      ...(attempt === undefined ? [] : attemptFields(attempt, undefined)), // an id is of one sphere only
    ];
    const isTask = row.status === 'WAITING_FOR_RUNNER' || row.status === 'RUNNING';
    return { definition, subject: { pipelineId, component, nodeId: row.nodeId, runtime }, isTask };
  }
}
