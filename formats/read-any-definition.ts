import { readDefinitionNode } from '../model/definition/definition-file.js';
import { JsonTextError, readJsonText, type JsonNode } from '../model/definition/json-text.js';
import { withParameterValues } from '../model/definition/parameters.js';
import type { DefinitionProblem, PipelineDefinition } from '../model/definition/pipeline-definition.js';
import { problem } from '../model/definition/problem.js';
import type { Wording } from '../model/definition/wording.js';
import { capitalised, isCloudFormation, readCloudFormation } from './cloudformation.js';
import { memberOf, repeatedMembers } from './nodes.js';
import { TemplateValues, type GivenValues } from './template-values.js';
import { isTerraform, readTerraform, terraformName } from './terraform.js';
import { readYamlText, YamlTextError } from './yaml-text.js';

/** How a definition is written: `cli` and `api` as in api.md 6, or inside a template; `unknown` when it cannot be told. */
export type DefinitionFormat = 'cli' | 'api' | 'cloudformation' | 'terraform' | 'unknown';

/** What was read; `definition` holds what could be read, also when there are problems. */
export interface ReadDefinition {
  readonly definition: PipelineDefinition;
  readonly problems: readonly DefinitionProblem[];
  readonly format: DefinitionFormat;
  readonly syntax: 'json' | 'yaml';
  /** Warnings: what the text holds beside the definition. Who writes it in another form loses it. */
  readonly losses: readonly DefinitionProblem[];
  /** What a template calls the pipeline. */
  readonly name?: string;
}

export interface ReadOptions {
  /** Its ending tells JSON (`.json`) from YAML (`.yaml`, `.yml`); otherwise the first character does. */
  readonly fileName?: string;
  /**
   * Values for the template's parameters (CloudFormation) or variables (Terraform); the others are values of the
   * pipeline's own parameters and win over those in the file.
   */
  readonly parameters?: GivenValues;
  /** Name in the template of the pipeline to read, where it holds several. */
  readonly pipeline?: string;
  /** False: messages have no line and column, as for a text that no user wrote. */
  readonly places?: boolean;
}

/** Most keys that stand twice that are listed. Our choice. */
const MAXIMUM_REPEATED = 100;

const EMPTY: PipelineDefinition = { pipelineObjects: [], parameterObjects: [], parameterValues: [] };

/**
 * Reads a pipeline definition in any form that Penstock knows: the AWS CLI's file and the API's, CloudFormation
 * templates, all of them as JSON or YAML, and Terraform's JSON. Never throws for what the text holds: all is in `problems`.
 */
export function readAnyDefinition(text: string, options: ReadOptions = {}): ReadDefinition {
  const { fileName = '', parameters = {}, pipeline, places = true } = options;
  const syntax = syntaxOf(text, fileName);
  const root = parse(text, fileName, syntax);
  if (typeof root === 'string') {
    const problems = [problem('fatal', {}, root)];
    return { definition: EMPTY, problems, losses: [], format: 'unknown', syntax };
  }
  const values = new TemplateValues(text, parameters, places);
  const format = formatOf(root);
  const read =
    format === 'cloudformation' ? readCloudFormation : format === 'terraform' ? readTerraform : undefined;
  const node = read === undefined ? root : read(root, values, pipeline);
  if (node === undefined) {
    return { definition: EMPTY, problems: values.problems, losses: [], format, syntax };
  }
  if (read !== undefined) sayRepeated(root, format, values);
  const wording: Wording = { syntax, nameOf: NAME_OF[format] ?? ((member) => member), hasPlaces: places };
  const file = readDefinitionNode(node, text, wording);
  const own = ownValues(file.definition, values, read !== undefined);
  return {
    definition: own.definition,
    problems: [...values.problems, ...file.problems, ...own.problems],
    losses: [...values.losses, ...file.losses],
    ...(values.name === undefined ? {} : { name: values.name }),
    format,
    syntax,
  };
}

const NAME_OF: Partial<Record<DefinitionFormat, Wording['nameOf']>> = {
  cloudformation: capitalised,
  terraform: terraformName,
};

/** Keys that stand twice above what becomes the definition; those in it are seen when that is read. */
function sayRepeated(root: JsonNode, format: DefinitionFormat, values: TemplateValues): void {
  const depth = format === 'cloudformation' ? 3 : Number.POSITIVE_INFINITY;
  for (const { key, offset } of repeatedMembers(root, depth, MAXIMUM_REPEATED)) {
    values.lose(offset, `the key ${JSON.stringify(key)} stands twice, and the first counts`);
  }
}

function syntaxOf(text: string, fileName: string): 'json' | 'yaml' {
  if (/\.json$/i.test(fileName)) return 'json';
  if (/\.ya?ml$/i.test(fileName)) return 'yaml';
  return /^\uFEFF?\s*(?:[{[]|$)/.test(text) ? 'json' : 'yaml';
}

/** The tree of the text, or why there is none. */
function parse(text: string, fileName: string, syntax: 'json' | 'yaml'): JsonNode | string {
  if (/\.tf$/i.test(fileName)) {
    return `The definition ${JSON.stringify(fileName)} is written in Terraform's own language, which is not read. Expected JSON: "terraform show -json", or a file .tf.json.`;
  }
  try {
    return syntax === 'json' ? readJsonText(text) : readYamlText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError || error instanceof YamlTextError)) throw error;
    return `The definition is not valid ${syntax.toUpperCase()}: ${error.message}.`;
  }
}

function formatOf(root: JsonNode): DefinitionFormat {
  if (memberOf(root, 'objects') !== undefined) return 'cli';
  if (memberOf(root, 'pipelineObjects') !== undefined) return 'api';
  if (isCloudFormation(root)) return 'cloudformation';
  return isTerraform(root) ? 'terraform' : 'unknown';
}

/** Puts in the values that no template took. Of a template's, those that name nothing are doubtful. */
function ownValues(
  definition: PipelineDefinition,
  values: TemplateValues,
  isTemplate: boolean,
): { definition: PipelineDefinition; problems: DefinitionProblem[] } {
  const declared = new Set(
    [...definition.parameterObjects, ...definition.parameterValues].map(({ id }) => id),
  );
  const given = values.unused();
  const problems = given
    .filter(([id]) => isTemplate && !declared.has(id))
    .map(([id]) =>
      problem(
        'warning',
        {},
        `INVALID_PARAMETER:  the given value "${id}" names no parameter of the template or its pipeline.`,
      ),
    );
  const parameterValues = given.flatMap(([id, list]) => list.map((stringValue) => ({ id, stringValue })));
  return { definition: withParameterValues(definition, parameterValues), problems };
}
