import type { JsonNode } from '../model/definition/json-text.js';
import type { ProblemPlace } from '../model/definition/problem.js';
import { didYouMean, listed } from '../model/expression/suggest.js';
import { isNull, itemsOf, memberOf, membersByKey, membersOf, scalarText, textNode } from './nodes.js';
import { listOf, type TemplateValues } from './template-values.js';

/** Longest text that functions may make. Our choice: a bound against templates that double a text at each step. */
const MAXIMUM_TEXT_LENGTH = 1_000_000;

const READ = 'Ref, Fn::Sub and Fn::Join; Fn::GetAtt and Fn::ImportValue with a given value';

/** A mistyped name is looked for among so many. Our choice: more take too long. */
const MOST_NAMES = 500;

/** Deepest chain of names of resources that are made of names of others. Our choice. */
const MAXIMUM_DEPTH = 32;

/** Properties by which a template itself may name what it makes. Without one, CloudFormation makes a name up. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::DynamoDB::Table': 'TableName',
};

/** Pseudo parameters that are the same for nearly everybody; the others must be given. */
const PSEUDO_DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['AWS::Partition', 'aws'],
  ['AWS::URLSuffix', 'amazonaws.com'],
]);

type Value = string | readonly string[];

/**
 * Puts values in place of the functions of a CloudFormation template. What a function comes to only when the stack is
 * made (names of resources, attributes, exports) may be given by its name, as a parameter may: `LogBucket`,
 * `LogBucket.Arn`, the name of the export. What has no value becomes nothing, and an error.
 */
export class IntrinsicFunctions {
  readonly #parameters: ReadonlyMap<string, JsonNode>;
  readonly #resources: ReadonlyMap<string, JsonNode>;
  /** By name, so that each is worked out, and reported, once. */
  readonly #values = new Map<string, Value | undefined>();
  /** How many names are being worked out, one within the other. */
  #depth = 0;

  constructor(
    template: JsonNode,
    readonly values: TemplateValues,
  ) {
    this.#parameters = membersByKey(memberOf(template, 'Parameters'));
    this.#resources = membersByKey(memberOf(template, 'Resources'));
  }

  /** The node with values in place of functions; undefined when nothing is left of it. */
  resolve(node: JsonNode, place: ProblemPlace = {}): JsonNode | undefined {
    if (node.kind === 'array') {
      return { ...node, items: node.items.flatMap((item) => this.resolve(item, place) ?? []) };
    }
    if (node.kind !== 'object') return node;
    const [only, second] = node.members;
    if (only !== undefined && second === undefined && isFunction(only.key)) {
      const value = this.#call(only.key, only.value, place);
      if (value === undefined) return undefined;
      if (typeof value === 'string') return textNode(value, node.offset);
      return { kind: 'array', items: value.map((each) => textNode(each, node.offset)), offset: node.offset };
    }
    const members = node.members.flatMap((member) => {
      const value = this.resolve(member.value, place);
      return value === undefined ? [] : [{ ...member, value }];
    });
    return { ...node, members };
  }

  #call(name: string, argument: JsonNode, place: ProblemPlace): Value | undefined {
    if (this.values.isFull) return undefined;
    const value = this.#valueOf(name, argument, place);
    if (typeof value === 'string') this.values.made(value.length, argument.offset);
    // An item takes memory, however short it is.
    else for (const each of value ?? []) this.values.made(each.length + 16, argument.offset);
    return this.values.isFull ? undefined : value;
  }

  #valueOf(name: string, argument: JsonNode, place: ProblemPlace): Value | undefined {
    switch (name) {
      case 'Ref': {
        const text = scalarText(argument);
        return text === undefined
          ? this.#error(place, argument, 'Ref: expected the name of a parameter or resource')
          : this.#reference(text, argument, place);
      }
      case 'Fn::Sub':
        return this.#sub(argument, place);
      case 'Fn::Join':
        return this.#join(argument, place);
      case 'Fn::GetAtt': {
        const parts = itemsOf(argument).map(scalarText);
        return this.#known(parts.join('.'), `${name} ${parts.join('.')}`, argument, place);
      }
      case 'Fn::ImportValue': {
        const exported = this.resolve(argument, place);
        if (exported === undefined) return undefined;
        const text = scalarText(exported);
        return text === undefined
          ? this.#error(place, argument, `${name}: expected the name of an export`)
          : this.#known(text, `${name} ${JSON.stringify(text)}`, argument, place);
      }
      default:
        return this.#error(place, argument, `${name} is not read here. Read are ${READ}`);
    }
  }

  #reference(name: string, node: JsonNode, place: ProblemPlace): Value | undefined {
    if (!this.#values.has(name)) {
      this.#values.set(name, undefined); // while it is worked out: a circle has no value
      this.#depth++;
      this.#values.set(name, this.#workedOut(name, node, place));
      this.#depth--;
    }
    return this.#values.get(name);
  }

  #workedOut(name: string, node: JsonNode, place: ProblemPlace): Value | undefined {
    if (name === 'AWS::NoValue') return undefined;
    if (this.#depth > MAXIMUM_DEPTH) {
      const what = `names of resources are made of names of others, deeper than ${MAXIMUM_DEPTH} levels`;
      return this.#error(place, node, what);
    }
    const given = this.values.take(name);
    const parameter = this.#parameters.get(name);
    if (parameter !== undefined) return this.#parameter(name, parameter, given, node, place);
    if (given !== undefined) return given;
    const resource = this.#resources.get(name);
    if (resource !== undefined) return this.#resourceName(name, resource, node, place);
    const pseudo = PSEUDO_DEFAULTS.get(name);
    if (pseudo !== undefined) return pseudo;
    const names = [...this.#parameters.keys(), ...this.#resources.keys()].slice(0, MOST_NAMES);
    const what = name.startsWith('AWS::')
      ? `the pseudo parameter ${name} has no value. Expected a given one`
      : `${JSON.stringify(name)} is neither a parameter nor a resource of the template${didYouMean(name, names)}`;
    return this.#error(place, node, what);
  }

  #parameter(
    name: string,
    parameter: JsonNode,
    given: Value | undefined,
    node: JsonNode,
    place: ProblemPlace,
  ): Value | undefined {
    const type = scalarText(memberOf(parameter, 'Type')) ?? 'String';
    const standard = memberOf(parameter, 'Default');
    const value = given ?? scalarText(standard);
    if (value === undefined) {
      const what = `the template's parameter "${name}" has no value. Expected a given one, or a Default`;
      return this.#error(place, node, what);
    }
    const isList = type === 'CommaDelimitedList' || type.startsWith('List<');
    const list =
      isList && typeof value === 'string' ? value.split(',').map((each) => each.trim()) : listOf(value);
    const allowed = itemsOf(memberOf(parameter, 'AllowedValues')).flatMap((each) => scalarText(each) ?? []);
    const allowedSet = new Set(allowed);
    if (allowed.length > 0 && !list.every((each) => allowedSet.has(each))) {
      const isSecret = scalarText(memberOf(parameter, 'NoEcho')) === 'true';
      const found = isSecret ? '' : ` ${listed(list.map((each) => JSON.stringify(each)))}`;
      return this.#error(
        place,
        node,
        `the value${found} of the template's parameter "${name}" is not allowed. Expected ${listed(allowed)}`,
      );
    }
    return isList ? list : value;
  }

  #resourceName(name: string, resource: JsonNode, node: JsonNode, place: ProblemPlace): Value | undefined {
    const type = scalarText(memberOf(resource, 'Type')) ?? '';
    const property = Object.hasOwn(NAME_PROPERTIES, type) ? (NAME_PROPERTIES[type] ?? '') : '';
    const written = memberOf(memberOf(resource, 'Properties'), property);
    if (written !== undefined) return scalarText(this.resolve(written, place));
    const what = `only CloudFormation knows what resource "${name}" (${type}) is called. Expected a given value for "${name}"`;
    return this.#error(place, node, what);
  }

  #known(name: string, what: string, node: JsonNode, place: ProblemPlace): Value | undefined {
    const given = this.values.take(name);
    if (given !== undefined) return given;
    const text = `only CloudFormation knows what ${what} is. Expected a given value for "${name}"`;
    return this.#error(place, node, text);
  }

  #sub(argument: JsonNode, place: ProblemPlace): string | undefined {
    const [first, map] = itemsOf(argument);
    const format = scalarText(first);
    if (format === undefined || (map !== undefined && map.kind !== 'object')) {
      return this.#error(place, argument, 'Fn::Sub: expected text, or [text, {name: value}]');
    }
    let complete = true;
    let length = format.length;
    const own = new Map(membersOf(map).map(({ key, value }) => [key, this.resolve(value, place)]));
    // The end may stand for "}", so that a text of many beginnings is gone through once.
    const text = format.replaceAll(/\$\{(!?)([^}]*)(\}|$)/g, (found, literal: string, inner: string, end) => {
      if (end === '' || !complete) return found;
      if (literal === '!') return `\${${inner}}`;
      const name = inner.trim();
      const value = own.has(name) ? scalarText(own.get(name)) : this.#substitute(name, argument, place);
      length += value?.length ?? 0;
      if (value === undefined) complete = false;
      return length > MAXIMUM_TEXT_LENGTH ? '' : (value ?? '');
    });
    return complete ? this.#bounded(text, length, argument, place) : undefined;
  }

  #substitute(name: string, node: JsonNode, place: ProblemPlace): string | undefined {
    const value = name.includes('.')
      ? this.#known(name, `\${${name}}`, node, place)
      : this.#reference(name, node, place);
    if (value === undefined || typeof value === 'string') return value;
    return this.#error(place, node, `Fn::Sub: \${${name}} is a list. Expected text`);
  }

  #join(argument: JsonNode, place: ProblemPlace): string | undefined {
    const [delimiterNode, listNode, extra] = argument.kind === 'array' ? argument.items : [];
    const delimiter = scalarText(delimiterNode);
    const list = listNode === undefined ? undefined : this.resolve(listNode, place);
    if (delimiter === undefined || list?.kind !== 'array' || extra !== undefined) {
      return this.#error(place, argument, 'Fn::Join: expected [delimiter, [text, ...]]');
    }
    const isWhole = listNode?.kind !== 'array' || list.items.length === withoutNoValue(listNode).length;
    if (!isWhole) return undefined; // reported
    const texts = list.items.map(scalarText);
    if (!texts.every((each) => each !== undefined)) {
      return this.#error(place, argument, 'Fn::Join: an item of the list is no text');
    }
    const length = texts.reduce((total, each) => total + each.length + delimiter.length, 0);
    return length > MAXIMUM_TEXT_LENGTH ? this.#bounded('', length, argument, place) : texts.join(delimiter);
  }

  #bounded(text: string, length: number, node: JsonNode, place: ProblemPlace): string | undefined {
    if (length <= MAXIMUM_TEXT_LENGTH) return text;
    return this.#error(
      place,
      node,
      `the text that comes out is longer than ${MAXIMUM_TEXT_LENGTH} characters`,
    );
  }

  #error(place: ProblemPlace, node: JsonNode, what: string): undefined {
    const where = place.field === undefined ? '' : `'${place.field}': `;
    this.values.error(place, node.offset, `INVALID_TEMPLATE:  ${where}${what}`);
    return undefined;
  }
}

function isFunction(key: string): boolean {
  return key === 'Ref' || key === 'Condition' || key.startsWith('Fn::');
}

/** The items of a list but for null and `Ref AWS::NoValue`, which are nothing without being wrong. */
function withoutNoValue(list: JsonNode & { kind: 'array' }): readonly JsonNode[] {
  return list.items.filter((item) => !isNull(item) && scalarText(memberOf(item, 'Ref')) !== 'AWS::NoValue');
}
