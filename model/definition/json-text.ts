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

/** 1-based line and column of an offset. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines[lines.length - 1] ?? '').length + 1 };
}

/** placeOf for many offsets of one text: its lines are looked for once. */
export function placesOf(
  text: string,
): (offset: number) => { readonly line: number; readonly column: number } {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
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

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  // A byte order mark, as Windows editors write it.
  #at: number;

  constructor(readonly text: string) {
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  value(depth: number): JsonNode {
    if (depth > MAXIMUM_DEPTH) this.#fail(`values are nested deeper than ${MAXIMUM_DEPTH} levels`);
    this.#skipBlanks();
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

  #string(): string {
    const start = this.#at;
    let result = '';
    this.#at++;
    for (;;) {
      // Whole runs at a time: a script in a field may be megabytes long.
      const plain = /[ !#-[\]-\uFFFF]*/y; // all but the quote, the backslash and control characters
      plain.lastIndex = this.#at;
      const run = plain.exec(this.text)?.[0] ?? '';
      result += run;
      this.#at += run.length;
      const character = this.text[this.#at];
      if (character === '"') break;
      if (character === undefined) {
        this.#at = start;
        this.#fail('the string that begins here does not end; expected a closing double quote (")');
      }
      if (character !== '\\') {
        const what =
          character === '\n' || character === '\r' ? 'a raw line break' : 'a raw control character';
        this.#fail(`${what} stands in a string; expected \\n, \\t or another escape`);
      }
      result += this.#escape();
    }
    this.#at++;
    return result;
  }

  #escape(): string {
    const letter = this.text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('\\u needs four hexadecimal digits');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const escaped = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (escaped === undefined) {
      return this.#fail(
        `the escape "\\${letter}" is unknown; expected \\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t or \\u`,
      );
    }
    this.#at += 2;
    return escaped;
  }

  #literal(): string {
    const pattern = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.text)?.[0];
    if (text === undefined) return this.#fail(`${this.#found()}; expected a value`);
    this.#at += text.length;
    return text;
  }

  #skipBlanks(): void {
    const blanks = /[ \t\r\n]*/y;
    blanks.lastIndex = this.#at;
    this.#at += blanks.exec(this.text)?.[0].length ?? 0;
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
