/** A JSON value with the order of members and repeated keys kept, and places for messages. */
export type JsonNode =
  | { readonly kind: 'string'; readonly value: string; readonly offset: number }
  /** A number, true, false or null, as it is written. */
  | { readonly kind: 'literal'; readonly text: string; readonly offset: number }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[]; readonly offset: number }
  | { readonly kind: 'object'; readonly members: readonly JsonMember[]; readonly offset: number };

export interface JsonMember {
  readonly key: string;
  readonly value: JsonNode;
  readonly offset: number;
}

/** Text that is not JSON; the message says what was expected, at which line and column. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, what: string) {
    const { line, column } = placeOf(text, offset);
    super(`line ${line}, column ${column}: ${what}`);
    this.line = line;
    this.column = column;
  }
}

/** Deepest nesting. Our choice: a definition nests four deep. */
const MAXIMUM_DEPTH = 64;
/** Most values, a member counted as two. Our choice: a bound on memory; 50,000 objects of ten fields have a million. */
const MAXIMUM_VALUES = 1_200_000;

/** 1-based line and column of an offset. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (const after of lineStarts(text)) {
    if (after > offset) break;
    line++;
    start = after;
  }
  return { line, column: offset - start + 1 };
}

/** Offsets behind the line breaks. */
function* lineStarts(text: string): Generator<number> {
  const breaks = /\r\n|\r|\n/g;
  while (breaks.test(text)) yield breaks.lastIndex;
}

/** placeOf for many offsets of one text: its lines are looked for once. */
export function placesOf(
  text: string,
): (offset: number) => { readonly line: number; readonly column: number } {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= [0, ...lineStarts(text)];
    let low = 0;
    for (let high = starts.length - 1; low < high;) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/**
 * Reads JSON text. JSON.parse would lose repeated keys, which definitions use as lists, and its messages give no place.
 * @throws JsonTextError
 */
export function readJsonText(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

// Made once: a pattern in a method would be an object of its own at every call.
const BLANKS = /[ \t\r\n]*/y;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;
/** All but the quote, the backslash and control characters. */
const PLAIN = /[ !#-[\]-\uFFFF]*/y;

class Reader {
  // A byte order mark, as Windows editors write it.
  #at: number;
  #values = 0;

  constructor(readonly text: string) {
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  value(depth: number): JsonNode {
    if (depth > MAXIMUM_DEPTH) this.#fail(`values are nested deeper than ${MAXIMUM_DEPTH} levels`);
    this.#skipBlanks();
    this.#count();
    const offset = this.#at;
    const character = this.text[offset];
    if (character === '"') return { kind: 'string', value: this.#string(), offset };
    if (character === '{') return { kind: 'object', members: this.#members(depth), offset };
    if (character === '[') return { kind: 'array', items: this.#items(depth), offset };
    return { kind: 'literal', text: this.#literal(), offset };
  }

  end(): void {
    this.#skipBlanks();
    if (this.#at < this.text.length) {
      this.#fail(`${this.#found()} stands behind the end of the JSON document; expected nothing more`);
    }
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.#at++;
    for (;;) {
      this.#skipBlanks();
      if (this.text[this.#at] === '}') {
        if (members.length > 0)
          this.#fail('there is a comma before "}"; expected another member, or no comma');
        break;
      }
      const offset = this.#at;
      if (this.text[offset] !== '"')
        this.#fail(`${this.#found()}; expected a member name in double quotes ("), or "}"`);
      this.#count();
      const key = this.#string();
      this.#skipBlanks();
      if (this.text[this.#at] !== ':') this.#fail(`${this.#found()}; expected ":" after the name "${key}"`);
      this.#at++;
      members.push({ key, value: this.value(depth + 1), offset });
      this.#skipBlanks();
      if (this.text[this.#at] === '}') break;
      if (this.text[this.#at] !== ',') this.#fail(`${this.#found()}; expected "," or "}"`);
      this.#at++;
    }
    this.#at++;
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#at++;
    for (;;) {
      this.#skipBlanks();
      if (this.text[this.#at] === ']') {
        if (items.length > 0) this.#fail('there is a comma before "]"; expected another value, or no comma');
        break;
      }
      items.push(this.value(depth + 1));
      this.#skipBlanks();
      if (this.text[this.#at] === ']') break;
      if (this.text[this.#at] !== ',') this.#fail(`${this.#found()}; expected "," or "]"`);
      this.#at++;
    }
    this.#at++;
    return items;
  }

  #count(): void {
    if (++this.#values > MAXIMUM_VALUES) {
      this.#fail(`the text holds more than ${MAXIMUM_VALUES} names and values up to here; expected fewer`);
    }
  }

  #string(): string {
    const start = this.#at;
    this.#at++;
    this.#match(PLAIN);
    if (this.text[this.#at] === '"') return this.text.slice(start + 1, this.#at++);
    if (this.text[this.#at] === '\\') {
      const decoded = this.#decoded(start);
      if (decoded !== undefined) return decoded;
    }
    return this.#failInString(start);
  }

  /** The string by JSON.parse, which is fast; undefined when that does not take it. */
  #decoded(start: number): string | undefined {
    const end = this.#endOfString();
    if (end === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(this.text.slice(start, end));
      if (typeof value !== 'string') return undefined;
      this.#at = end;
      return value;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return undefined; // #failInString finds the place
    }
  }

  /** Behind the next quote that no backslash escapes. */
  #endOfString(): number | undefined {
    for (let from = this.#at; ;) {
      const quote = this.text.indexOf('"', from);
      if (quote < 0) return undefined;
      let before = quote;
      while (before > this.#at && this.text[before - 1] === '\\') before--;
      if ((quote - before) % 2 === 0) return quote + 1;
      from = quote + 1;
    }
  }

  /** Says what is wrong with the string that begins at `start`, and where. */
  #failInString(start: number): never {
    this.#at = start + 1;
    for (;;) {
      this.#match(PLAIN);
      const character = this.text[this.#at];
      if (character === '\\') {
        this.#passEscape();
        continue;
      }
      if (character === undefined || character === '"') {
        this.#at = start;
        this.#fail('the string that begins here does not end; expected a closing double quote (")');
      }
      const what = character === '\n' || character === '\r' ? 'a raw line break' : 'a raw control character';
      this.#fail(`${what} stands in a string; expected \\n, \\t or another escape`);
    }
  }

  #passEscape(): void {
    const letter = this.text[this.#at + 1] ?? '';
    if (letter === 'u' && !/^[0-9a-fA-F]{4}$/.test(this.text.slice(this.#at + 2, this.#at + 6))) {
      this.#fail('\\u needs four hexadecimal digits');
    }
    if (!/["\\/bfnrtu]/.test(letter)) {
      this.#fail(
        `the escape "\\${letter}" is unknown; expected \\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t or \\u`,
      );
    }
    this.#at += letter === 'u' ? 6 : 2;
  }

  #literal(): string {
    const from = this.#at;
    this.#match(LITERAL);
    if (this.#at === from) this.#fail(`${this.#found()}; expected a value`);
    return this.text.slice(from, this.#at);
  }

  #skipBlanks(): void {
    if (this.text.charCodeAt(this.#at) <= 32) this.#match(BLANKS);
  }

  #match(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (pattern.test(this.text)) this.#at = pattern.lastIndex;
  }

  #found(): string {
    const rest = this.text.slice(this.#at, this.#at + 20);
    if (rest === '') return 'the text ends here';
    if (/^[“”„‘’«»]/.test(rest)) return `found a typographic quote (${rest[0]})`;
    if (rest.startsWith("'")) return "found a single quote (')";
    if (/^\/[/*]/.test(rest)) return 'found a comment, which JSON does not have';
    return `found ${JSON.stringify(/^\w+/.exec(rest)?.[0] ?? Array.from(rest)[0])}`;
  }

  #fail(what: string): never {
    throw new JsonTextError(this.text, this.#at, what);
  }
}
