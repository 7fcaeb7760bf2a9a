import {
  Composer,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Alias,
  type CST,
  type Document,
  type Node,
} from 'yaml';
import { placeOf, type JsonMember, type JsonNode } from '../model/definition/json-text.js';
import { objectNode, textNode } from './nodes.js';

/** Text that is not YAML, or YAML that no definition needs; the message says what, at which line and column. */
export class YamlTextError extends Error {
  override readonly name = 'YamlTextError';

  constructor(text: string, offset: number, what: string) {
    const { line, column } = placeOf(text, offset);
    super(`line ${line}, column ${column}: ${what}`);
  }
}

/** Longest YAML text, in characters. Our choice: ten times AWS's largest definition; the parser needs a hundredfold of memory. */
export const MAXIMUM_YAML_LENGTH = 1_500_000;
/** Deepest nesting, as in JSON. */
const MAXIMUM_DEPTH = 64;
/** The parser keeps two entries a level, and a few more. */
const MAXIMUM_STACK = 3 * MAXIMUM_DEPTH;
/** Most pieces (indentation, names, signs, texts, line ends) that a text may have. Our choice: a bound on time and memory; a field has eight. */
const MAXIMUM_LEXEMES = 500_000;
/** The lexer's sign that the next piece is the text of a scalar. */
const SCALAR_FOLLOWS = '\u001f';
/** Most nodes that aliases may stand for, in all. Our choice: a bound against "billion laughs". */
const MAXIMUM_ALIASED_NODES = 10_000;

/**
 * Reads YAML text as the tree that JSON text gives. Every scalar is text as it is written (`1.0`, `true`, `010`), as
 * fields hold text only; `null`, `~` and nothing are null. A short form of CloudFormation is its long one: `!Sub x` is
 * `{"Fn::Sub": x}`.
 * @throws YamlTextError
 */
export function readYamlText(text: string): JsonNode {
  if (text.length > MAXIMUM_YAML_LENGTH) {
    const what = `the text has ${text.length} characters; expected at most ${MAXIMUM_YAML_LENGTH} of YAML. JSON has no such bound`;
    throw new YamlTextError(text, 0, what);
  }
  const [document, second] = compose(text);
  if (document?.contents == null)
    throw new YamlTextError(text, text.length, 'the text ends here; expected a mapping');
  if (second !== undefined) {
    throw new YamlTextError(text, second.range[0], 'a second YAML document begins; expected one');
  }
  return new TreeReader(text).node(document.contents, 0);
}

type ComposedDocument = Document.Parsed;

function compose(text: string): ComposedDocument[] {
  const composer = new Composer({
    schema: 'failsafe',
    uniqueKeys: false, // TreeReader looks itself, in linear time
    prettyErrors: false,
  });
  const documents: ComposedDocument[] = [];
  for (const document of composer.compose(tokens(text), true, text.length)) {
    const [error] = document.errors;
    if (error !== undefined)
      throw new YamlTextError(text, error.pos[0], wordsOf(error.message, text[error.pos[0]]));
    documents.push(document as ComposedDocument);
    if (documents.length > 1) break;
  }
  return documents;
}

/** Tokens of the text, with a bound on their depth: what composes them calls itself for each level. */
function* tokens(text: string): Generator<CST.Token> {
  const parser = new Parser();
  let last = '';
  let count = 0;
  const open: string[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === ',' && /^[[{,]$/.test(last)) {
      // The parser would go on, at great length, to report each.
      throw new YamlTextError(text, parser.offset, 'there is a comma without a value before it');
    }
    if (++count > MAXIMUM_LEXEMES) {
      const what = `the YAML has more than ${MAXIMUM_LEXEMES} names, texts, signs, indentations and line ends up to here; expected fewer. JSON may have more`;
      throw new YamlTextError(text, parser.offset, what);
    }
    if (last !== SCALAR_FOLLOWS) {
      if (lexeme === '[' || lexeme === '{') open.push(lexeme === '[' ? ']' : '}');
      else if (open.length > 0 && (lexeme === ']' || lexeme === '}')) {
        const expected = open.pop();
        if (lexeme !== expected) {
          // As above; and the parser's message names neither.
          throw new YamlTextError(
            text,
            parser.offset,
            `found "${lexeme}"; expected ",", a value or "${expected}"`,
          );
        }
      }
    }
    if (lexeme.trim() !== '') last = lexeme;
    for (const token of parser.next(lexeme)) yield token;
    if (parser.stack.length > MAXIMUM_STACK) {
      throw new YamlTextError(text, parser.offset, `values are nested deeper than ${MAXIMUM_DEPTH} levels`);
    }
  }
  yield* parser.end();
}

class TreeReader {
  /** The last node with each anchor so far. The package's own search goes through the whole document each time. */
  readonly #anchors = new Map<string, Node>();
  #aliasedNodes = 0;
  #inAlias = 0;

  constructor(readonly text: string) {}

  node(node: Node, depth: number): JsonNode {
    const offset = offsetOf(node);
    if (depth > MAXIMUM_DEPTH) this.#fail(offset, `values are nested deeper than ${MAXIMUM_DEPTH} levels`);
    if (this.#inAlias > 0 && ++this.#aliasedNodes > MAXIMUM_ALIASED_NODES) {
      this.#fail(offset, `aliases (*name) stand for more than ${MAXIMUM_ALIASED_NODES} values`);
    }
    if (isAlias(node)) return this.#alias(node, depth);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    const value = this.#untagged(node, depth);
    const key = intrinsic(node.tag);
    if (key === 'unknown') this.#fail(offset, `the tag ${JSON.stringify(node.tag)} is unknown here`);
    return key === undefined ? value : objectNode([[key, value]], offset);
  }

  #alias(node: Alias, depth: number): JsonNode {
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      return this.#fail(offsetOf(node), `the alias *${node.source} has no anchor &${node.source} before it`);
    }
    this.#inAlias++;
    const value = this.node(target, depth + 1);
    this.#inAlias--;
    return value;
  }

  #untagged(node: Node, depth: number): JsonNode {
    const offset = offsetOf(node);
    if (isScalar(node)) {
      const value = typeof node.value === 'string' ? node.value : '';
      const isNull = node.type === 'PLAIN' && node.tag === undefined && /^(|~|null|Null|NULL)$/.test(value);
      return isNull ? { kind: 'literal', text: 'null', offset } : textNode(value, offset);
    }
    if (isSeq(node)) {
      return { kind: 'array', items: node.items.map((item) => this.node(item as Node, depth + 1)), offset };
    }
    if (!isMap(node)) return this.#fail(offset, 'expected a mapping, a list or text');
    const seen = new Set<string>();
    const members = node.items.map((pair): JsonMember => {
      const key = isPair(pair) && isScalar(pair.key) ? pair.key : undefined;
      if (typeof key?.value !== 'string') return this.#fail(offset, 'a key of this mapping is no text');
      const at = offsetOf(key);
      if (key.value === '<<' && key.type === 'PLAIN') {
        this.#fail(at, 'merge keys (<<) are not read; objects inherit by "parent"');
      }
      if (seen.has(key.value)) {
        this.#fail(
          at,
          `the key ${JSON.stringify(key.value)} stands twice in a mapping; expected a list [...] as its value`,
        );
      }
      seen.add(key.value);
      const value = pair.value as Node | null;
      return {
        key: key.value,
        value: value === null ? { kind: 'literal', text: 'null', offset: at } : this.node(value, depth + 1),
        offset: at,
      };
    });
    return { kind: 'object', members, offset };
  }

  #fail(offset: number, what: string): never {
    throw new YamlTextError(this.text, offset, what);
  }
}

/** What a tag stands for: nothing for YAML's own, the long name for a short form of CloudFormation. */
function intrinsic(tag: string | undefined): string | undefined {
  if (tag === undefined || tag === '!' || /^tag:yaml\.org,2002:(str|map|seq)$/.test(tag)) return undefined;
  if (tag === '!Ref' || tag === '!Condition') return tag.slice(1);
  return /^!\w+$/.test(tag) ? `Fn::${tag.slice(1)}` : 'unknown';
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** The parser's message in our form; `character` is what stands at the place. */
function wordsOf(message: string, character: string | undefined): string {
  const what = `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`
    .replace(/\.$/, '')
    .replace(/^missing closing (["'])quote$/, 'a text in quotes does not end; expected a closing $1');
  const hint = '; a name that begins with * stands in quotes, as in "*password": x';
  return character === '*' ? `${what}${hint}` : what;
}
