import type { DefinitionProblem, PipelineDefinition } from '../model/definition/pipeline-definition.js';
import { problem } from '../model/definition/problem.js';
import { mapOf, unlessEmpty, type Tree } from './tree.js';

/** Largest template that CloudFormation takes, from S3. Source: CloudFormation's quotas. */
const LARGEST_TEMPLATE_BYTES = 1_000_000;

/**
 * The definition as the only resource of a CloudFormation template. No text goes through Fn::Sub, so `${…}` stays as it
 * is. Source: CloudFormation's user guide, AWS::DataPipeline::Pipeline.
 */
export function cloudFormationTree(definition: PipelineDefinition, name: string): Tree {
  const { pipelineObjects, parameterObjects, parameterValues } = definition;
  const properties = mapOf(
    ['Name', name],
    ['Activate', true],
    [
      'ParameterObjects',
      // CloudFormation wants the list, an empty one too.
      parameterObjects.map(({ id, attributes }) =>
        mapOf(
          ['Id', id],
          [
            'Attributes',
            attributes.map(({ key, stringValue }) => mapOf(['Key', key], ['StringValue', stringValue])),
          ],
        ),
      ),
    ],
    [
      'ParameterValues',
      unlessEmpty(
        parameterValues.map(({ id, stringValue }) => mapOf(['Id', id], ['StringValue', stringValue])),
      ),
    ],
    [
      'PipelineObjects',
      pipelineObjects.map((object) =>
        mapOf(
          ['Id', object.id],
          ['Name', object.name],
          [
            'Fields',
            object.fields.map(({ key, stringValue, refValue }) =>
              mapOf(['Key', key], ['StringValue', stringValue], ['RefValue', refValue]),
            ),
          ],
        ),
      ),
    ],
  );
  return mapOf(
    ['AWSTemplateFormatVersion', '2010-09-09'],
    [
      'Resources',
      mapOf(['Pipeline', mapOf(['Type', 'AWS::DataPipeline::Pipeline'], ['Properties', properties])]),
    ],
  );
}

/** What CloudFormation would not take as it is written. */
export function cloudFormationLosses(definition: PipelineDefinition, text: string): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const check = (value: string | undefined, objectId: string, field?: string): void => {
    if (value?.includes('{{resolve:') !== true) return;
    const where =
      field === undefined ? `the value of parameter "${objectId}"` : `'${field}' of "${objectId}"`;
    const what = `${where} has "{{resolve:", which CloudFormation replaces by a value of its own; no escape exists.`;
    problems.push(problem('warning', { objectId, field }, `LOSS:  ${what}`));
  };
  for (const { id, fields } of definition.pipelineObjects) {
    for (const { key, stringValue } of fields) check(stringValue, id, key);
  }
  for (const { id, attributes } of definition.parameterObjects) {
    for (const { key, stringValue } of attributes) check(stringValue, id, key);
  }
  for (const { id, stringValue } of definition.parameterValues) check(stringValue, id);
  if (text.length > LARGEST_TEMPLATE_BYTES) {
    const what = `the template has ${text.length} characters. CloudFormation takes at most ${LARGEST_TEMPLATE_BYTES} bytes.`;
    problems.push(problem('warning', {}, `LOSS:  ${what}`));
  }
  return problems;
}
