import type { JsonNode } from '../model/definition/json-text.js';
import { didYouMean } from '../model/expression/suggest.js';
import {
  itemsOf,
  memberOf,
  membersByKey,
  membersOf,
  objectNode,
  scalarText,
  textNode,
  type ObjectNode,
} from './nodes.js';
import { onlyPipeline, type NamedPipeline } from './only-pipeline.js';
import type { TemplateValues } from './template-values.js';

const RESOURCE_TYPE = 'aws_datapipeline_pipeline_definition';
/** A mistyped name is looked for among so many. Our choice: more take too long. */
const MOST_NAMES = 500;

const NAMES: Readonly<Record<string, string>> = {
  pipelineObjects: 'pipeline_object',
  parameterObjects: 'parameter_object',
  parameterValues: 'parameter_value',
  fields: 'field',
  attributes: 'attribute',
  stringValue: 'string_value',
  refValue: 'ref_value',
};

/** The name in Terraform of a member of the API: `pipeline_object` for `pipelineObjects`. */
export function terraformName(member: string): string {
  return Object.hasOwn(NAMES, member) ? (NAMES[member] ?? member) : member;
}

/** True for Terraform's configuration in JSON, its state, what `terraform show -json` prints, and one resource alone. */
export function isTerraform(root: JsonNode): boolean {
  return (
    memberOf(memberOf(root, 'resource'), RESOURCE_TYPE) !== undefined ||
    memberOf(root, 'pipeline_object') !== undefined ||
    memberOf(root, 'terraform_version') !== undefined
  );
}

/**
 * The pipeline definition of a Terraform file in the form of the API. In a configuration `${var.x}` has its given value
 * or its default, and `$${` stands for `${`; other expressions are errors. Source: the AWS provider's documentation of
 * aws_datapipeline_pipeline_definition; Terraform's JSON configuration syntax and JSON output format.
 */
export function readTerraform(root: JsonNode, values: TemplateValues, name?: string): ObjectNode | undefined {
  const configured = membersOf(memberOf(memberOf(root, 'resource'), RESOURCE_TYPE));
  const isConfiguration =
    memberOf(root, 'resource') !== undefined || memberOf(root, 'pipeline_object') !== undefined;
  const pipelines = isConfiguration
    ? memberOf(root, 'pipeline_object') === undefined
      ? configured.flatMap(({ key, value }) => itemsOf(value).map((node) => ({ name: key, node })))
      : [{ name: '', node: root }]
    : [
        ...inModule(memberOf(memberOf(root, 'values'), 'root_module')),
        ...inModule(memberOf(memberOf(root, 'planned_values'), 'root_module')),
        ...inState(root),
      ];
  const body = onlyPipeline(pipelines, RESOURCE_TYPE, root, values, name);
  if (body === undefined) return undefined;
  const texts = isConfiguration ? new Interpolations(root, values) : undefined;
  const text = (node: JsonNode | undefined, objectId: string | undefined): JsonNode | undefined => {
    const value = scalarText(node);
    if (node === undefined || value === undefined) return node;
    return textNode(texts?.expand(value, node, objectId) ?? value, node.offset);
  };
  const pair = (node: JsonNode, objectId: string | undefined): JsonNode => {
    const reference = memberOf(node, 'ref_value');
    // Terraform writes a value that is not there as "" or null.
    const isReference = reference !== undefined && scalarText(reference) !== '';
    const stringValue =
      isReference && scalarText(memberOf(node, 'string_value')) === ''
        ? undefined
        : memberOf(node, 'string_value');
    return objectNode(
      [
        ['key', text(memberOf(node, 'key'), objectId)],
        ['stringValue', text(stringValue, objectId)],
        ['refValue', isReference ? text(reference, objectId) : undefined],
      ],
      node.offset,
    );
  };
  const blocks = (list: string, inner: 'field' | 'attribute' | undefined): JsonNode => {
    const items = itemsOf(memberOf(body, list)).map((block) => {
      const id = scalarText(memberOf(block, 'id'));
      const pairs = inner === undefined ? [] : itemsOf(memberOf(block, inner)).map((each) => pair(each, id));
      const name = memberOf(block, 'name');
      return objectNode(
        [
          ['id', text(memberOf(block, 'id'), id)],
          ['name', scalarText(name) === '' ? undefined : text(name, id)],
          ['stringValue', inner === undefined ? text(memberOf(block, 'string_value'), id) : undefined],
          [`${inner ?? 'value'}s`, { kind: 'array', items: pairs, offset: block.offset }],
        ],
        block.offset,
      );
    });
    return { kind: 'array', items, offset: body.offset };
  };
  return objectNode(
    [
      ['pipelineObjects', blocks('pipeline_object', 'field')],
      ['parameterObjects', blocks('parameter_object', 'attribute')],
      ['parameterValues', blocks('parameter_value', undefined)],
    ],
    body.offset,
  );
}

/** Pipelines of a module of `terraform show -json`, and of the modules in it. */
function inModule(module: JsonNode | undefined): NamedPipeline[] {
  const own = itemsOf(memberOf(module, 'resources')).flatMap((resource) =>
    named(resource, memberOf(resource, 'values')),
  );
  return [...own, ...itemsOf(memberOf(module, 'child_modules')).flatMap(inModule)];
}

/** Pipelines of a state file. */
function inState(root: JsonNode): NamedPipeline[] {
  return itemsOf(memberOf(root, 'resources')).flatMap((resource) =>
    itemsOf(memberOf(resource, 'instances')).flatMap((instance) =>
      named(resource, memberOf(instance, 'attributes')),
    ),
  );
}

function named(resource: JsonNode, node: JsonNode | undefined): NamedPipeline[] {
  if (node === undefined || scalarText(memberOf(resource, 'type')) !== RESOURCE_TYPE) return [];
  return [{ name: scalarText(memberOf(resource, 'name')) ?? '', node }];
}

class Interpolations {
  readonly #variables: ReadonlyMap<string, JsonNode>;
  /** By name, so that each is looked up, and reported, once. */
  readonly #values = new Map<string, string | undefined>();

  constructor(
    root: JsonNode,
    readonly values: TemplateValues,
  ) {
    this.#variables = membersByKey(memberOf(root, 'variable'));
  }

  expand(text: string, node: JsonNode, objectId: string | undefined): string {
    return text.replaceAll(/\$\$\{|%%\{|\$\{([^}]*)\}?|%\{/g, (found, inner: string | undefined) => {
      if (this.values.isFull) return '';
      if (found === '$${' || found === '%%{') return found.slice(1);
      const name = /^\s*var\.([\w-]+)\s*$/.exec(inner ?? '')?.[1];
      if (name !== undefined && found.endsWith('}')) return this.#variable(name, node, objectId);
      // What writeDefinition writes before `$${`.
      const constant = /^\s*"((?:[^"\\$%]|[$%](?!\{))*)"\s*$/.exec(inner ?? '')?.[1];
      if (constant !== undefined && found.endsWith('}')) return constant;
      const what = `the expression ${found.slice(0, 60)} is not read here. Read is \${var.name}; text that is no expression is written $\${`;
      return this.#error(what, node, objectId);
    });
  }

  #variable(name: string, node: JsonNode, objectId: string | undefined): string {
    if (!this.#values.has(name)) this.#values.set(name, this.#lookedUp(name, node, objectId));
    const value = this.#values.get(name) ?? '';
    this.values.made(value.length, node.offset);
    return value;
  }

  #lookedUp(name: string, node: JsonNode, objectId: string | undefined): string | undefined {
    const variable = this.#variables.get(name);
    const given = this.values.take(name);
    const value = given ?? itemsOf(variable).map((each) => scalarText(memberOf(each, 'default')))[0];
    if (typeof value === 'string') return value;
    const names = [...this.#variables.keys()].slice(0, MOST_NAMES);
    const why = variable === undefined ? `is not declared${didYouMean(name, names)}` : 'has no value as text';
    this.#error(`the variable "${name}" ${why}. Expected a given value, or a default`, node, objectId);
    return undefined;
  }

  #error(what: string, node: JsonNode, objectId: string | undefined): string {
    this.values.error(objectId === undefined ? {} : { objectId }, node.offset, `INVALID_TEMPLATE:  ${what}`);
    return '';
  }
}
