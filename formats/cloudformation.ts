import type { JsonNode } from '../model/definition/json-text.js';
import { IntrinsicFunctions } from './intrinsic-functions.js';
import { memberOf, membersOf, objectNode, scalarText, textNode, type ObjectNode } from './nodes.js';
import { onlyPipeline } from './only-pipeline.js';
import type { TemplateValues } from './template-values.js';

const PIPELINE_TYPE = 'AWS::DataPipeline::Pipeline';
const READ_PROPERTIES = ['Name', 'PipelineObjects', 'ParameterObjects', 'ParameterValues'];

/** True for a template of CloudFormation. */
export function isCloudFormation(root: JsonNode): boolean {
  return (
    memberOf(root, 'Resources') !== undefined || memberOf(root, 'AWSTemplateFormatVersion') !== undefined
  );
}

/**
 * The pipeline of a CloudFormation template in the form of the API: functions have their values, members begin with a
 * small letter, numbers and booleans are text as they are written. Source: api.md 6; CloudFormation's user guide.
 */
export function readCloudFormation(
  root: JsonNode,
  values: TemplateValues,
  name?: string,
): ObjectNode | undefined {
  const pipelines = membersOf(memberOf(root, 'Resources'))
    .filter(({ value }) => scalarText(memberOf(value, 'Type')) === PIPELINE_TYPE)
    .map(({ key, value }) => ({ name: key, node: value }));
  const pipeline = onlyPipeline(pipelines, `resource of type ${PIPELINE_TYPE}`, root, values, name);
  if (pipeline === undefined) return undefined;
  const functions = new IntrinsicFunctions(root, values);
  const properties = memberOf(pipeline, 'Properties');
  const pipelineName = memberOf(properties, 'Name');
  const resolvedName =
    pipelineName && scalarText(new IntrinsicFunctions(root, values.quiet()).resolve(pipelineName));
  if (resolvedName !== undefined) values.name = resolvedName;
  for (const { key, offset } of membersOf(properties)) {
    if (!READ_PROPERTIES.includes(key)) {
      values.lose(offset, `the pipeline's property ${JSON.stringify(key)} is no part of a definition`);
    }
  }
  const part = (key: string, convert: (item: JsonNode) => JsonNode | undefined): JsonNode | undefined => {
    const list = memberOf(properties, key);
    return list?.kind === 'array'
      ? { ...list, items: list.items.flatMap((item) => convert(item) ?? []) }
      : list;
  };
  return objectNode(
    [
      [
        'pipelineObjects',
        part('PipelineObjects', (item) => entry(functions, item, 'fields')) ?? emptyList(pipeline),
      ],
      ['parameterObjects', part('ParameterObjects', (item) => entry(functions, item, 'attributes'))],
      ['parameterValues', part('ParameterValues', (item) => entry(functions, item))],
    ],
    pipeline.offset,
  );
}

/** An object, a parameter or a value: its members, and those of what its list holds. */
function entry(
  functions: IntrinsicFunctions,
  node: JsonNode,
  list?: 'fields' | 'attributes',
): JsonNode | undefined {
  const id = scalarText(memberOf(node, 'Id'));
  const place = id === undefined ? {} : { objectId: id };
  if (node.kind !== 'object') return functions.resolve(node, place) ?? node;
  const members = node.members.flatMap((member) => {
    const key = uncapitalised(member.key);
    if (key !== list || member.value.kind !== 'array') {
      const value = functions.resolve(member.value, place);
      return value === undefined ? [] : [{ ...member, key, value: asText(value) }];
    }
    const items = member.value.items.flatMap((item) => keyValue(functions, item, id) ?? []);
    return [{ ...member, key, value: { ...member.value, items } }];
  });
  // A value without a value is none, which is reported.
  if (list === undefined && members.length < node.members.length) return undefined;
  return { ...node, members };
}

/** A field or an attribute; undefined when its value is nothing, which is either meant or reported. */
function keyValue(
  functions: IntrinsicFunctions,
  node: JsonNode,
  id: string | undefined,
): JsonNode | undefined {
  const key = scalarText(memberOf(node, 'Key'));
  const place = {
    ...(id === undefined ? {} : { objectId: id }),
    ...(key === undefined ? {} : { field: key }),
  };
  const resolved = functions.resolve(node, place);
  if (resolved?.kind !== 'object' || node.kind !== 'object') return resolved;
  if (resolved.members.length < node.members.length) return undefined;
  const members = resolved.members.map((member) => ({
    ...member,
    key: uncapitalised(member.key),
    value: asText(member.value),
  }));
  return { ...resolved, members };
}

/** CloudFormation turns numbers and booleans into the text that a property expects. */
function asText(node: JsonNode): JsonNode {
  const text = scalarText(node);
  return text === undefined ? node : textNode(text, node.offset);
}

/** The name in a template of a member of the API: `PipelineObjects` for `pipelineObjects`. */
export function capitalised(member: string): string {
  return `${member.slice(0, 1).toUpperCase()}${member.slice(1)}`;
}

function uncapitalised(key: string): string {
  return `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`;
}

/** Objects may be left out: a pipeline may be filled later. Then validation says what it lacks. */
function emptyList({ offset }: JsonNode): JsonNode {
  return { kind: 'array', items: [], offset };
}
