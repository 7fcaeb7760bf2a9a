import type {
  DefinitionProblem,
  Field,
  PipelineDefinition,
} from '../model/definition/pipeline-definition.js';
import { problem } from '../model/definition/problem.js';
import { mapOf, unlessEmpty, type Tree } from './tree.js';

/**
 * The definition as Terraform's configuration in JSON (`.tf.json`): the pipeline, and what it says. Source: the AWS
 * provider's documentation of aws_datapipeline_pipeline_definition; Terraform's JSON configuration syntax.
 */
export function terraformTree(definition: PipelineDefinition, name: string): Tree {
  const { pipelineObjects, parameterObjects, parameterValues } = definition;
  const body = mapOf(
    ['pipeline_id', '${aws_datapipeline_pipeline.pipeline.id}'],
    [
      'pipeline_object',
      pipelineObjects.map(({ id, name: objectName, fields }) =>
        mapOf(['id', literal(id)], ['name', literal(objectName)], ['field', unlessEmpty(fields.map(pair))]),
      ),
    ],
    [
      'parameter_object',
      unlessEmpty(
        parameterObjects.map(({ id, attributes }) =>
          mapOf(['id', literal(id)], ['attribute', unlessEmpty(attributes.map(pair))]),
        ),
      ),
    ],
    [
      'parameter_value',
      unlessEmpty(
        parameterValues.map(({ id, stringValue }) =>
          mapOf(['id', literal(id)], ['string_value', literal(stringValue)]),
        ),
      ),
    ],
  );
  const resource = mapOf(
    ['aws_datapipeline_pipeline', mapOf(['pipeline', mapOf(['name', literal(name)])])],
    ['aws_datapipeline_pipeline_definition', mapOf(['pipeline', body])],
  );
  return mapOf(['resource', resource]);
}

function pair({ key, stringValue, refValue }: Field): Tree {
  return mapOf(
    ['key', literal(key)],
    ['string_value', stringValue === undefined ? undefined : literal(stringValue)],
    ['ref_value', refValue === undefined ? undefined : literal(refValue)],
  );
}

/**
 * Text that Terraform takes as it is: `${` is written `$${`, `%{` is written `%%{`. A `$` before `$${` would be taken as part
 * of the escape, so it is written as an expression, `${"$"}`. Source: Terraform's documentation of strings and templates.
 */
function literal(text: string): string {
  return text.replaceAll(/([$%]*)([$%])\{/g, (_, before: string, sign: string) => {
    const quoted = before === '' ? '' : `\${"${before}"}`;
    return `${quoted}${sign}${sign}{`;
  });
}

/** What Terraform's provider would not hand on as it is written: its blocks are sets, and empty texts are none. */
export function terraformLosses({
  pipelineObjects,
  parameterValues,
}: PipelineDefinition): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const warn = (objectId: string, field: string | undefined, what: string): void => {
    problems.push(problem('warning', { objectId, field }, `LOSS:  ${what}`));
  };
  const unordered = (count: number, what: string) =>
    `the ${count} values of ${what} may reach AWS in another order, and equal ones as one: Terraform keeps them as a set.`;
  for (const { id, name, fields } of pipelineObjects) {
    if (name === '') warn(id, 'name', `the name of object "${id}" is empty. It is read back as the id.`);
    const texts = new Map<string, number>();
    for (const { key, stringValue } of fields) {
      if (stringValue === undefined) continue;
      texts.set(key, (texts.get(key) ?? 0) + 1);
      if (stringValue === '') {
        warn(id, key, `'${key}' of object "${id}" is empty text, which Terraform's provider leaves out.`);
      }
    }
    for (const [key, count] of texts) {
      if (count > 1) warn(id, key, unordered(count, `'${key}' of object "${id}"`));
    }
  }
  const values = new Map<string, number>();
  for (const { id } of parameterValues) values.set(id, (values.get(id) ?? 0) + 1);
  for (const [id, count] of values) if (count > 1) warn(id, undefined, unordered(count, `parameter "${id}"`));
  return problems;
}
