import { EFFECTS, type ActiveChange, type ActiveDiff } from '../model/definition/change-effects.js';
import type { FieldValue } from '../model/definition/component.js';
import type { Change, DefinitionDiff, EntryChange, ValueChange } from '../model/definition/diff.js';
import { countOf } from './problems.js';

/** Colours of a terminal, or none. */
export interface Paint {
  (change: Change, text: string): string;
}

const COLOURS: Readonly<Record<Change, number>> = { added: 32, removed: 31, changed: 33, notCompared: 36 };
const SIGNS: Readonly<Record<Change, string>> = { added: '+', removed: '-', changed: '~', notCompared: '?' };

/** Paints with ANSI colours, or not at all. */
export function paintOf(colour: boolean): Paint {
  return (change, text) => (colour ? `\u001B[${COLOURS[change]}m${text}\u001B[0m` : text);
}

/** What changed, object by object, as people read it. Ends with a line that counts. */
export function* diffText(diff: DefinitionDiff, paint: Paint): Generator<string> {
  for (const entry of diff.objects) yield entryText(entry, '', paint);
  for (const entry of diff.parameters) yield entryText(entry, 'parameter ', paint);
  const names = widthOf(diff.values.map(({ name }) => `value ${name}`));
  for (const value of diff.values) yield* valueLines(value, `value ${value.name}`.padEnd(names), '', paint);
  if (diff.objects.length + diff.parameters.length + diff.values.length > 0) yield '\n';
  yield countsOf(diff);
}

/** What the changes mean for an active pipeline: what is refused, then the rest by the time from which it counts. */
export function* activeText({ allowed, changes }: ActiveDiff, paint: Paint): Generator<string> {
  yield allowed
    ? '\nFor an active pipeline: all of it is allowed, after the next activation.\n'
    : '\nFor an active pipeline: it cannot be activated so.\n';
  const told = new Set<string>();
  for (const text of changes.flatMap(({ refusals }) => refusals)) {
    if (told.has(text)) continue;
    told.add(text);
    yield paint('removed', `  refused: ${text}\n`);
  }
  const groups = new Map<string, { readonly texts: string[]; readonly places: string[] }>();
  for (const change of changes) {
    if (change.effects.length === 0) continue;
    const key = change.effects.join();
    const group = groups.get(key) ?? { texts: change.effects.map((effect) => EFFECTS[effect]), places: [] };
    group.places.push(placeOf(change));
    groups.set(key, group);
  }
  for (const { texts, places } of groups.values()) {
    yield wrapped(`${places.join(', ')}:`, '  ');
    for (const text of texts) yield wrapped(text, '    ');
  }
}

function entryText({ id, type, change, fields }: EntryChange, kind: string, paint: Paint): string {
  const title = paint(change, `${SIGNS[change]} ${kind}${id}`);
  // The title has said it.
  const others =
    change === 'changed' || type === undefined ? fields : fields.filter(({ name }) => name !== 'type');
  const names = widthOf(others.map(({ name }) => name));
  const lines = others.flatMap((field) => [...valueLines(field, field.name.padEnd(names), '    ', paint)]);
  return `${title}${type === undefined ? '' : `  (${type})`}\n${lines.join('')}`;
}

/** A changed value is a line that goes and a line that comes. */
function* valueLines(value: ValueChange, title: string, indent: string, paint: Paint): Generator<string> {
  const { change, secret, before, after } = value;
  const line = (sign: Change, text: string): string => {
    const rest = text.replaceAll('\n', `\n${indent}  ${' '.repeat(title.length)}  `);
    return `${indent}${paint(sign, `${SIGNS[sign]} ${title}  ${rest}`)}\n`;
  };
  if (change === 'notCompared') {
    yield line('notCompared', '(secret, not compared)');
  } else if (change === 'changed' && secret && textOf(before) === textOf(after)) {
    yield line('changed', '(secret, changed)');
  } else {
    const [gone, came] = withoutCommon(before, after);
    if (gone !== undefined) yield line('removed', gone);
    if (came !== undefined) yield line('added', came);
  }
}

/** Long lists mostly change in one place: what both begin and end with is only counted. */
function withoutCommon(
  before: readonly FieldValue[] | undefined,
  after: readonly FieldValue[] | undefined,
): [string | undefined, string | undefined] {
  if (before === undefined || after === undefined || before.length + after.length < 3) {
    return [before && textOf(before), after && textOf(after)];
  }
  const same = (left: number, right: number): boolean =>
    JSON.stringify(before[left]) === JSON.stringify(after[right]);
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && same(start, start)) start++;
  let end = 0;
  while (end < most - start && same(before.length - 1 - end, after.length - 1 - end)) end++;
  const middle = (list: readonly FieldValue[]): string | undefined => {
    if (list.length === start + end) return undefined;
    const shown = list.slice(start, list.length - end).map(valueText);
    return [...omitted(start), ...shown, ...omitted(end)].join('\n');
  };
  return [middle(before), middle(after)];
}

function omitted(count: number): string[] {
  return count === 0 ? [] : [`… ${count} the same`];
}

function textOf(values: readonly FieldValue[] | undefined): string {
  return values === undefined || values.length === 0 ? '(no value)' : values.map(valueText).join('\n');
}

function valueText(value: FieldValue): string {
  if (typeof value !== 'string') return `→ ${value.ref}`;
  return value === '' ? '(empty)' : printable(value);
}

/** Control characters of a definition must not move the cursor of who reads it. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, (character) =>
    character === '\t' ? '\t' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function countsOf({ objects, parameters, values }: DefinitionDiff): string {
  const counts = [
    ...countedBy('object', objects),
    ...countedBy('parameter', parameters),
    ...countedBy('value', values),
  ];
  return counts.length === 0 ? 'No difference\n' : `${counts.join('; ')}\n`;
}

function countedBy(noun: string, entries: readonly { readonly change: Change }[]): string[] {
  const counts = (['added', 'removed', 'changed', 'notCompared'] as const).flatMap((change) => {
    const count = entries.filter((entry) => entry.change === change).length;
    return count === 0 ? [] : [`${count} ${change === 'notCompared' ? 'not compared' : change}`];
  });
  return counts.length === 0 ? [] : [`${countOf(entries.length, noun)}: ${counts.join(', ')}`];
}

function placeOf({ kind, id, field }: ActiveChange): string {
  const name = field === undefined ? id : `${id}.${field}`;
  return kind === 'object' ? name : `${kind} ${name}`;
}

const LINE_CHARACTERS = 100;

/** The words in lines, each indented. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= LINE_CHARACTERS) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => `${indent}${each}\n`).join('');
}

function widthOf(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, name.length), 0);
}
