import type { JsonNode } from '../model/definition/json-text.js';
import { listed } from '../model/expression/suggest.js';
import type { TemplateValues } from './template-values.js';

/** A pipeline that a template holds under a name. */
export interface NamedPipeline {
  readonly name: string;
  readonly node: JsonNode;
}

/** The pipeline called `name`, or the only one; otherwise undefined, and an error that lists what there is. */
export function onlyPipeline(
  pipelines: readonly NamedPipeline[],
  what: string,
  root: JsonNode,
  values: TemplateValues,
  name: string | undefined,
): JsonNode | undefined {
  const matching = name === undefined ? pipelines : pipelines.filter((each) => each.name === name);
  const [first, second] = matching;
  if (first !== undefined && second === undefined) return first.node;
  const found =
    pipelines.length === 0 ? `no ${what}` : `${listed(pipelines.map((each) => each.name))} as ${what}`;
  const expected =
    name === undefined
      ? `Expected one${pipelines.length > 1 ? ', or the name of one of them' : ''}`
      : `Expected one called "${name}"`;
  values.error({}, root.offset, `INVALID_TEMPLATE:  the template has ${found}. ${expected}`);
  return undefined;
}
