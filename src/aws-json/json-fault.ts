/** Where a text stops being JSON. Line and column are 1-based; the column counts UTF-16 units. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const BLANK = /[ \t\n\r]*/y;

/**
 * Finds the first fault of `text`, or undefined when it is JSON. `JSON.parse` of Node 20 does not always name the
 * place, and quotes the text around it, which may hold a secret.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  let at = 0;
  const open: ('{' | '[')[] = [];
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const fault = (expected: string): JsonFault => {
    const before = text.slice(0, at);
    return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), expected };
  };
  // A loop, not a pattern: on a string of megabytes a pattern may run out of its backtracking stack.
  const string = (expected: string): JsonFault | undefined => {
    if (text[at] !== '"') return fault(expected);
    at++;
    while (at < text.length && text[at] !== '"') {
      if (text.charCodeAt(at) < 0x20) return fault('no raw control character or line break in a string');
      if (text[at] !== '\\') at++;
      else if (!match(ESCAPE)) return fault('a valid escape');
    }
    if (at === text.length) return fault('the closing " of a string');
    at++;
    return undefined;
  };
  let state: 'value' | 'firstKey' | 'key' | 'firstItem' | 'after' = 'value';
  for (;;) {
    match(BLANK);
    if (state === 'after') {
      const inside = open.at(-1);
      if (inside === undefined) return at === text.length ? undefined : fault('the end of the text');
      const close = inside === '{' ? '}' : ']';
      if (text[at] === close) open.pop();
      else if (text[at] === ',') state = inside === '{' ? 'key' : 'value';
      else return fault(`"," or "${close}"`);
      at++;
    } else if ((state === 'firstKey' && text[at] === '}') || (state === 'firstItem' && text[at] === ']')) {
      open.pop();
      at++;
      state = 'after';
    } else if (state === 'firstKey' || state === 'key') {
      const bad = string(state === 'key' ? 'a name in double quotes' : 'a name in double quotes, or "}"');
      if (bad !== undefined) return bad;
      match(BLANK);
      if (text[at] !== ':') return fault('":"');
      at++;
      state = 'value';
    } else {
      const character = text[at];
      if (character === '{' || character === '[') {
        open.push(character);
        at++;
        state = character === '{' ? 'firstKey' : 'firstItem';
      } else if (character === '"') {
        const bad = string('a value');
        if (bad !== undefined) return bad;
        state = 'after';
      } else if (match(SCALAR)) {
        state = 'after';
      } else {
        return fault('a value');
      }
    }
  }
}
