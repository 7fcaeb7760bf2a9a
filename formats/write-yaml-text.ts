import {
  Document,
  Pair,
  Scalar,
  YAMLMap,
  YAMLSeq,
  type CreateNodeOptions,
  type DocumentOptions,
  type Node,
  type ScalarTag,
  type SchemaOptions,
} from 'yaml';
import type { Tree } from './tree.js';

/** Characters that YAML does not take as they are, or that some parsers take as line breaks. Source: YAML 1.2.2, 5.1 and 5.4; YAML 1.1, 4.1.4. */
const ESCAPED = /[^\t\n -~\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/u;

const STRING = 'tag:yaml.org,2002:str';

/** The package's own tag of texts, but for those that have characters to escape. */
function escapingTag(own: ScalarTag): ScalarTag {
  return {
    ...own,
    stringify: (item, ...rest) =>
      ESCAPED.test(String(item.value)) ? escaped(String(item.value)) : (own.stringify?.(item, ...rest) ?? ''),
  };
}

const OPTIONS: DocumentOptions & SchemaOptions & CreateNodeOptions = {
  schema: 'core',
  compat: 'yaml-1.1', // so that no parser takes a text such as "no" or "2024-01-01" for anything else
  customTags: (tags) =>
    tags.map((tag) =>
      typeof tag !== 'string' && tag.tag === STRING && tag.collection === undefined ? escapingTag(tag) : tag,
    ),
};

/**
 * The tree as YAML text: a text of several lines as a block of them, `{ref: x}` on one line. Every YAML parser, also of
 * YAML 1.1, reads texts back as texts.
 */
export function printYaml(tree: Tree): string {
  const document = new Document(undefined, OPTIONS);
  document.contents = nodeOf(tree) as typeof document.contents;
  return document.toString({
    lineWidth: 0,
    singleQuote: true,
    doubleQuotedAsJSON: true,
    flowCollectionPadding: false,
    indentSeq: true,
  });
}

function nodeOf(tree: Tree): Node {
  if (typeof tree === 'boolean') return new Scalar(tree);
  if (typeof tree === 'string') return textNode(tree);
  if (tree instanceof Map) return mapNode(tree as ReadonlyMap<string, Tree>);
  const list = new YAMLSeq();
  list.items = (tree as readonly Tree[]).map(nodeOf);
  list.flow = list.items.length === 0;
  return list;
}

function mapNode(map: ReadonlyMap<string, Tree>): Node {
  const node = new YAMLMap();
  node.items = [...map].map(([key, value]) => new Pair(keyNode(key), nodeOf(value)));
  node.flow = map.size === 0 || (map.size === 1 && typeof map.get('ref') === 'string');
  return node;
}

function keyNode(key: string): Scalar {
  const node = new Scalar(key);
  node.type = key.includes('\n') ? 'QUOTE_DOUBLE' : styleOf(key);
  return node;
}

function textNode(value: string): Scalar {
  const node = new Scalar(value);
  node.type = value.includes('\n') ? 'BLOCK_LITERAL' : styleOf(value);
  return node;
}

/** Plain (which the package does where it can) but for tabs, which some parsers end a plain text at, and YAML 1.1's keys. */
function styleOf(value: string): Scalar.Type {
  return value.includes('\t') || value === '<<' || value === '=' ? 'QUOTE_DOUBLE' : 'PLAIN';
}

/** In double quotes. Every escape of JSON is one of YAML. */
function escaped(value: string): string {
  const all = new RegExp(ESCAPED, 'gu');
  return JSON.stringify(value).replaceAll(
    all,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
