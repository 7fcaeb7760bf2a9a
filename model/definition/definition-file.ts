import { didYouMean } from '../expression/suggest.js';
import type { FieldValue } from './component.js';
import { placesOf, readJsonText, JsonTextError, type JsonMember, type JsonNode } from './json-text.js';
import type {
  DefinitionProblem,
  Field,
  ParameterObject,
  ParameterValue,
  PipelineDefinition,
  PipelineObject,
} from './pipeline-definition.js';
import { problem, quote, type ProblemPlace } from './problem.js';
import { JSON_WORDING, membersSnippet, memberSnippet, objectSnippet, type Wording } from './wording.js';

/** A file as it was read; `definition` holds what could be read, also when there are problems. */
export interface ReadDefinitionFile {
  readonly definition: PipelineDefinition;
  readonly problems: DefinitionProblem[];
  /** Warnings: what the file holds beside a definition, as AWS's tools ignore it. Who writes it anew loses it. */
  readonly losses: readonly DefinitionProblem[];
}

/**
 * Reads a definition file: AWS CLI's form (`objects`, `parameters`, `values`), or the API's (`pipelineObjects`, …).
 * The result is what `aws datapipeline put-pipeline-definition` sends: `name` defaults to the id, members sorted by
 * name, arrays as repeated keys, other top-level keys dropped. A key that stands twice in an object is a list too (the
 * loose old form). Source: api.md 6, semantics.md 1.
 */
export function readDefinitionFile(text: string): ReadDefinitionFile {
  try {
    return readDefinitionNode(readJsonText(text), text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const text = `The definition is not valid JSON: ${error.message}.`;
    return { definition: EMPTY, problems: [problem('fatal', {}, text)], losses: [] };
  }
}

/** The same of a file that is parsed already, from whatever syntax; `text` is what the offsets of its nodes lie in. */
export function readDefinitionNode(
  root: JsonNode,
  text: string,
  wording: Wording = JSON_WORDING,
): ReadDefinitionFile {
  const reader = new FileReader(text, wording);
  return { definition: reader.definition(root), problems: reader.problems, losses: reader.losses };
}

const EMPTY: PipelineDefinition = { pipelineObjects: [], parameterObjects: [], parameterValues: [] };

/** Most mistakes of form that are listed. Our choice. */
const MAXIMUM_PROBLEMS = 1000;
/** Most losses that are listed. Our choice. */
const MAXIMUM_LOSSES = 100;

const CLI_MEMBERS = ['objects', 'parameters', 'values'];
const API_MEMBERS = ['pipelineObjects', 'parameterObjects', 'parameterValues'];

class FileReader {
  readonly problems: DefinitionProblem[] = [];
  readonly losses: DefinitionProblem[] = [];

  readonly #placeOf: ReturnType<typeof placesOf>;

  constructor(
    readonly text: string,
    readonly wording: Wording,
  ) {
    this.#placeOf = placesOf(text);
  }

  definition(root: JsonNode): PipelineDefinition {
    if (root.kind !== 'object') {
      this.#fail(
        root,
        `is ${this.#describe(root)}. Expected ${this.#isYaml ? 'a mapping' : 'a JSON object'} with "objects"`,
        'The definition',
      );
      return EMPTY;
    }
    const isApiForm = !has(root, 'objects') && has(root, 'pipelineObjects');
    if (!isApiForm && !has(root, 'objects')) {
      const hint = didYouMean(
        'objects',
        root.members.map(({ key }) => key),
      );
      const found = hint === '' ? '' : ` (found${hint.replace('; did you mean', '').replace('?', '')})`;
      this.#fail(
        root,
        `has no "objects"${found}. Expected ${this.#isYaml ? 'objects: [...], parameters: [...], values: {...}' : '{"objects": [...], "parameters": [...], "values": {...}}'}`,
        'The definition',
      );
      return EMPTY;
    }
    this.#lose(root.members, isApiForm ? API_MEMBERS : CLI_MEMBERS, {});
    const list = (key: string): readonly JsonNode[] => this.#list(root, key);
    return isApiForm
      ? {
          pipelineObjects: list('pipelineObjects').flatMap((node) => this.#apiObject(node)),
          parameterObjects: list('parameterObjects').flatMap((node) => this.#apiParameter(node)),
          parameterValues: list('parameterValues').flatMap((node) => this.#apiValue(node)),
        }
      : {
          pipelineObjects: list('objects').flatMap((node) => this.#object(node)),
          parameterObjects: list('parameters').flatMap((node) => this.#parameter(node)),
          parameterValues: this.#values(root),
        };
  }

  #object(node: JsonNode): PipelineObject[] {
    const members = this.#members(node, 'An entry of "objects"');
    const id = this.#identity(members, node, 'An entry of "objects"');
    if (id === undefined) return [];
    const name = stringOf(members, 'name');
    const fields = sortedMembers(members, ['id', 'name']).flatMap(({ key, value }) =>
      this.#fieldValues(value, id, key).map((each) => fieldOf(key, each)),
    );
    this.#lose(
      members.filter(({ key }) => key === 'name'),
      ['name'],
      { objectId: id },
    );
    if (name === undefined && has({ members }, 'name')) {
      this.#error(
        { objectId: id, field: 'name' },
        node,
        `'name' is not text. Expected ${this.#isYaml ? 'text' : 'a name in double quotes'}`,
      );
    }
    return [{ id, name: name ?? id, fields }];
  }

  #parameter(node: JsonNode): ParameterObject[] {
    const members = this.#members(node, 'An entry of "parameters"');
    const id = this.#identity(members, node, 'An entry of "parameters"');
    if (id === undefined) return [];
    const attributes = sortedMembers(members, ['id']).flatMap(({ key, value }) =>
      this.#fieldValues(value, id, key).flatMap((each) => {
        if (typeof each === 'string') return [{ key, stringValue: each }];
        const text = `INVALID_PARAMETER:  '${key}' of parameter "${id}" is a reference to "${each.ref}". Expected text.`;
        this.#add(problem('error', { objectId: id, field: key }, text));
        return [];
      }),
    );
    return [{ id, attributes }];
  }

  #values(root: JsonNode & { kind: 'object' }): ParameterValue[] {
    const nodes = root.members.filter(({ key }) => key === 'values').map(({ value }) => value);
    return nodes.flatMap((node) =>
      this.#members(node, '"values"').flatMap(({ key, value }) =>
        this.#fieldValues(value, key, undefined).flatMap((each) => {
          if (typeof each === 'string') return [{ id: key, stringValue: each }];
          const text = `INVALID_PARAMETER:  the value of parameter "${key}" is a reference to "${each.ref}". Expected text.`;
          this.#add(problem('error', { objectId: key }, text));
          return [];
        }),
      ),
    );
  }

  #apiObject(node: JsonNode): PipelineObject[] {
    const what = this.#entryOf('pipelineObjects');
    const members = this.#members(node, what);
    const id = this.#identity(members, node, what);
    if (id === undefined) return [];
    this.#lose(members, ['id', 'name', 'fields'], { objectId: id });
    if (!has({ members }, 'fields')) {
      const hint = has({ members }, 'slots') ? ' "slots" is its name in an obsolete version of the API.' : '';
      const expected = this.#isYaml
        ? `${this.#name('fields')}, a list of ${this.#snippet('key', 'stringValue')}`
        : `"${this.#name('fields')}": [{"${this.#name('key')}": ..., "${this.#name('stringValue')}": ...}]`;
      const text = `Object "${id}" has no "${this.#name('fields')}".${hint} Expected ${expected}.`;
      this.#add(problem('error', { objectId: id }, text));
    }
    const fields = this.#list({ kind: 'object', members, offset: node.offset }, 'fields').flatMap((field) => {
      const parts = this.#members(field, `A field of object "${id}"`);
      this.#lose(parts, ['key', 'stringValue', 'refValue'], { objectId: id });
      const key = stringOf(parts, 'key');
      const refValue = stringOf(parts, 'refValue');
      const stringValue = stringOf(parts, 'stringValue');
      if (key !== undefined && (refValue === undefined) !== (stringValue === undefined)) {
        return [fieldOf(key, refValue === undefined ? (stringValue ?? '') : { ref: refValue })];
      }
      const text = `has a field${key === undefined ? '' : ` '${key}'`} that is not ${this.#snippet('key', 'stringValue')} or ${this.#snippet('key', 'refValue')}, all text`;
      this.#error({ objectId: id, field: key }, field, `Object "${id}" ${text}`);
      return [];
    });
    return [{ id, name: stringOf(members, 'name') ?? id, fields }];
  }

  #apiParameter(node: JsonNode): ParameterObject[] {
    const what = this.#entryOf('parameterObjects');
    const members = this.#members(node, what);
    const id = this.#identity(members, node, what);
    if (id === undefined) return [];
    this.#lose(members, ['id', 'attributes'], { objectId: id });
    const root = { kind: 'object', members, offset: node.offset } as const;
    const attributes = this.#list(root, 'attributes').flatMap((each) => {
      const parts = this.#members(each, `An attribute of parameter "${id}"`);
      this.#lose(parts, ['key', 'stringValue'], { objectId: id });
      const key = stringOf(parts, 'key');
      const stringValue = stringOf(parts, 'stringValue');
      if (key !== undefined && stringValue !== undefined) return [{ key, stringValue }];
      this.#error(
        { objectId: id },
        each,
        `Parameter "${id}" has an attribute that is not ${this.#snippet('key', 'stringValue')}, both text`,
      );
      return [];
    });
    return [{ id, attributes }];
  }

  #apiValue(node: JsonNode): ParameterValue[] {
    const what = this.#entryOf('parameterValues');
    const members = this.#members(node, what);
    const id = this.#identity(members, node, what);
    if (id !== undefined) this.#lose(members, ['id', 'stringValue'], { objectId: id });
    const stringValue = stringOf(members, 'stringValue');
    if (id !== undefined && stringValue !== undefined) return [{ id, stringValue }];
    if (id !== undefined)
      this.#error(
        { objectId: id },
        node,
        `The value of parameter "${id}" is not text. Expected ${memberSnippet(this.wording, 'stringValue')}`,
      );
    return [];
  }

  #fieldValues(node: JsonNode, objectId: string, field: string | undefined): FieldValue[] {
    switch (node.kind) {
      case 'string':
        return [node.value];
      case 'array':
        return node.items.flatMap((item) => {
          if (item.kind !== 'array') return this.#fieldValues(item, objectId, field);
          this.#notText(item, objectId, field);
          return [];
        });
      case 'object': {
        const [only, second] = node.members;
        if (only?.key === 'ref' && second === undefined && only.value.kind === 'string') {
          return [{ ref: only.value.value }];
        }
        this.#notText(node, objectId, field);
        return [];
      }
      case 'literal':
        this.#notText(node, objectId, field);
        return node.text === 'null' ? [] : [node.text];
    }
  }

  #notText(node: JsonNode, objectId: string, field: string | undefined): void {
    if (this.#isFull()) return;
    const secret = objectId.startsWith('*') || field?.startsWith('*') === true;
    const value = this.text.slice(node.offset, node.offset + 60).split('\n')[0] ?? '';
    const where = field === undefined ? `value of parameter "${objectId}"` : `'${field}'`;
    const kinds = this.#isYaml
      ? 'text, {ref: id} or a list of these'
      : 'text in double quotes, {"ref": "id"} or a list of these';
    if (this.#isYaml && node.kind === 'literal') {
      this.#error({ objectId, field }, node, `${where} has no value. Expected ${kinds}`);
      return;
    }
    const shown = secret ? 'The value, which is secret,' : node.kind === 'literal' ? node.text : value;
    const expected =
      node.kind === 'literal' && node.text !== 'null' && !secret ? `text: "${node.text}"` : kinds;
    this.#error(
      { objectId, field },
      node,
      `${where}: ${shown} is ${this.#describe(node)}. Expected ${expected}`,
    );
  }

  #members(node: JsonNode, what: string): readonly JsonMember[] {
    if (node.kind === 'object') return node.members;
    this.#fail(node, `is ${this.#describe(node)}. Expected ${objectSnippet(this.wording)}`, what);
    return [];
  }

  /** The items of the arrays of that key; nothing when the key is not there. */
  #list(root: JsonNode & { kind: 'object' }, key: string): readonly JsonNode[] {
    return root.members
      .filter((member) => member.key === key)
      .flatMap(({ value }) => {
        if (value.kind === 'array') return value.items;
        this.#fail(value, `is ${this.#describe(value)}. Expected a list [...]`, `"${this.#name(key)}"`);
        return [];
      });
  }

  #identity(members: readonly JsonMember[], node: JsonNode, what: string): string | undefined {
    if (node.kind !== 'object') return undefined; // reported by #members
    const ids = members.filter(({ key }) => key === 'id');
    const [first] = ids;
    if (first?.value.kind !== 'string' || first.value.value === '') {
      const name = stringOf(members, 'name');
      const which = name === undefined ? '' : ` (its name is ${quote(name)})`;
      this.#fail(node, `has no id${which}. Expected ${memberSnippet(this.wording, 'id')}`, what);
      return undefined;
    }
    if (ids.length > 1)
      this.#error({ objectId: first.value.value }, node, `${what} has ${ids.length} ids. Expected one`);
    return first.value.value;
  }

  #fail(node: JsonNode, what: string, subject: string): void {
    if (this.#isFull()) return;
    this.#add(problem('fatal', {}, `${subject} ${what}${this.#place(node)}.`));
  }

  #add(each: DefinitionProblem): void {
    if (this.#isFull()) return;
    this.problems.push(each);
    if (!this.#isFull()) return;
    const text = `The file has at least ${MAXIMUM_PROBLEMS} mistakes of form, of which these are listed. Mend them first.`;
    this.problems.push(problem('fatal', {}, text));
  }

  #isFull(): boolean {
    return this.problems.length >= MAXIMUM_PROBLEMS;
  }

  #error(place: { objectId: string; field?: string | undefined }, node: JsonNode, what: string): void {
    if (this.#isFull()) return;
    this.#add(problem('error', place, `INVALID_FIELD_VALUE:  ${what}${this.#place(node)}.`));
  }

  /** Notes members that are none of a definition, and those that stand again where only one can count. */
  #lose(members: readonly JsonMember[], known: readonly string[], place: ProblemPlace): void {
    const seen = new Set<string>();
    for (const member of members) {
      if (this.losses.length >= MAXIMUM_LOSSES) return;
      const isRepeated = seen.has(member.key) && place.objectId !== undefined;
      if (known.includes(member.key) && !isRepeated) {
        seen.add(member.key);
        continue;
      }
      const why = isRepeated ? 'stands twice, and the first counts' : 'is no part of a definition';
      const name = quote(known.includes(member.key) ? this.#name(member.key) : member.key);
      this.losses.push(problem('warning', place, `LOSS:  ${name}${this.#place(member)} ${why}.`));
    }
  }

  get #isYaml(): boolean {
    return this.wording.syntax === 'yaml';
  }

  #name(member: string): string {
    return this.wording.nameOf(member);
  }

  #entryOf(list: string): string {
    return `An entry of "${this.#name(list)}"`;
  }

  #snippet(...members: readonly string[]): string {
    return membersSnippet(this.wording, ...members);
  }

  /** ` (line 1, column 2)` */
  #place({ offset }: { readonly offset: number }): string {
    if (!this.wording.hasPlaces) return '';
    const { line, column } = this.#placeOf(offset);
    return ` (line ${line}, column ${column})`;
  }

  #describe(node: JsonNode): string {
    if (this.#isYaml && node.kind === 'object') return 'a mapping';
    return this.#isYaml && node.kind === 'literal' ? 'empty' : describe(node);
  }
}

function fieldOf(key: string, value: FieldValue): Field {
  return typeof value === 'string' ? { key, stringValue: value } : { key, refValue: value.ref };
}

function has(node: { readonly members: readonly JsonMember[] }, key: string): boolean {
  return node.members.some((member) => member.key === key);
}

function stringOf(members: readonly JsonMember[], key: string): string | undefined {
  const value = members.find((member) => member.key === key)?.value;
  return value?.kind === 'string' ? value.value : undefined;
}

/** In the order of Python's `sorted`, by code point; repeated keys keep theirs. */
function sortedMembers(members: readonly JsonMember[], without: readonly string[]): JsonMember[] {
  return members.filter(({ key }) => !without.includes(key)).sort((a, b) => compareCodePoints(a.key, b.key));
}

function compareCodePoints(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  // Where the second half of a pair differs, the first halves are the same: its order is that of the pair.
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}

function describe(node: JsonNode): string {
  switch (node.kind) {
    case 'string':
      return 'text';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'literal':
      if (node.text === 'null') return 'null';
      return node.text === 'true' || node.text === 'false' ? 'a boolean' : 'a number';
  }
}
