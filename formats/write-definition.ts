import { writeDefinitionFile } from '../model/definition/write-definition-file.js';
import type {
  DefinitionProblem,
  Field,
  PipelineDefinition,
} from '../model/definition/pipeline-definition.js';
import { problem } from '../model/definition/problem.js';
import { mapOf, printJson, unlessEmpty, type Tree } from './tree.js';
import { cloudFormationLosses, cloudFormationTree } from './write-cloudformation.js';
import { terraformLosses, terraformTree } from './write-terraform.js';
import { printYaml } from './write-yaml-text.js';
import { MAXIMUM_YAML_LENGTH } from './yaml-text.js';

/** Forms that a definition is written in: the AWS CLI's file as JSON and as YAML, the API's members, two templates. */
export const FORMS = ['cli', 'yaml', 'api', 'cloudformation', 'cloudformation-yaml', 'terraform'] as const;
export type Form = (typeof FORMS)[number];

/** A definition in another form. When `problems` has errors, the form cannot say what the definition says. */
export interface WrittenDefinition {
  readonly text: string;
  /** Errors: what the form has no place for. Warnings: what the tool that the form is of would not take as it is. */
  readonly problems: readonly DefinitionProblem[];
}

/**
 * Writes a definition so that readAnyDefinition gives the same again. Fields and parameter values of one name stay in
 * order; the forms of the CLI (`cli`, `yaml`) keep no order between different names, which means nothing. `name` is what
 * templates call the pipeline.
 */
export function writeDefinition(definition: PipelineDefinition, form: Form, name: string): WrittenDefinition {
  switch (form) {
    case 'api': {
      const { pipelineObjects, parameterObjects, parameterValues } = definition;
      const members = { pipelineObjects, parameterObjects, parameterValues };
      return { text: `${JSON.stringify(members, undefined, 2)}\n`, problems: [] };
    }
    case 'cli':
      return { text: writeDefinitionFile(definition), problems: cliLosses(definition) };
    case 'yaml': {
      const text = printYaml(fileTree(definition));
      return { text, problems: [...cliLosses(definition), ...yamlLosses(text)] };
    }
    case 'cloudformation': {
      const text = printJson(cloudFormationTree(definition, name));
      return { text, problems: cloudFormationLosses(definition, text) };
    }
    case 'cloudformation-yaml': {
      const text = printYaml(cloudFormationTree(definition, name));
      return { text, problems: [...cloudFormationLosses(definition, text), ...yamlLosses(text)] };
    }
    case 'terraform':
      return { text: printJson(terraformTree(definition, name)), problems: terraformLosses(definition) };
  }
}

/** The CLI's file, `type` first; a name that is the id is left out. */
function fileTree({ pipelineObjects, parameterObjects, parameterValues }: PipelineDefinition): Tree {
  return mapOf(
    [
      'objects',
      pipelineObjects.map(({ id, name, fields }) =>
        mapOf(
          ['id', id],
          ['name', name === id ? undefined : name],
          ...grouped([...fields].sort((a, b) => Number(b.key === 'type') - Number(a.key === 'type'))),
        ),
      ),
    ],
    [
      'parameters',
      unlessEmpty(parameterObjects.map(({ id, attributes }) => mapOf(['id', id], ...grouped(attributes)))),
    ],
    [
      'values',
      parameterValues.length === 0
        ? undefined
        : mapOf(...grouped(parameterValues.map(({ id, stringValue }) => ({ key: id, stringValue })))),
    ],
  );
}

function grouped(fields: readonly Field[]): (readonly [string, Tree])[] {
  const lists = new Map<string, Tree[]>();
  for (const { key, stringValue, refValue } of fields) {
    const value = refValue === undefined ? stringValue : mapOf(['ref', refValue]);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return [...lists].map(([key, list]) => [key, list.length === 1 && list[0] !== undefined ? list[0] : list]);
}

/** What has no place in the CLI's file, where id, name and fields are members of one object. Source: api.md 6. */
function cliLosses({ pipelineObjects, parameterObjects }: PipelineDefinition): DefinitionProblem[] {
  const taken = (objectId: string, what: string, key: string): DefinitionProblem =>
    problem(
      'error',
      { objectId, field: key },
      `INVALID_FIELD:  ${what} "${objectId}" is called '${key}', which is a member of its own in this form. Expected another name, or the form "api".`,
    );
  return [
    ...pipelineObjects.flatMap(({ id, fields }) =>
      fields
        .filter(({ key }) => key === 'id' || key === 'name')
        .map(({ key }) => taken(id, 'a field of object', key)),
    ),
    ...parameterObjects.flatMap(({ id, attributes }) =>
      attributes
        .filter(({ key }) => key === 'id')
        .map(({ key }) => taken(id, 'an attribute of parameter', key)),
    ),
  ];
}

function yamlLosses({ length }: string): DefinitionProblem[] {
  if (length <= MAXIMUM_YAML_LENGTH) return [];
  const what = `the YAML has ${length} characters, and at most ${MAXIMUM_YAML_LENGTH} are read back. Expected a form of JSON.`;
  return [problem('error', {}, `TOO_LONG:  ${what}`)];
}
