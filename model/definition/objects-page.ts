import { ABSTRACT_TYPES } from '../objects/catalogue.js';
import type { FieldDefinition } from '../objects/object-type.js';
import { REGIONS } from '../objects/regions.js';
import { CATEGORY_TITLES, objectTypeFacts, type ObjectTypeFacts, type Support } from './object-type-facts.js';

const SUPPORT_TEXT: Readonly<Record<Support, string>> = {
  runs: 'This version runs it.',
  used: 'This version uses it.',
  validated: 'This version validates it, and does not run it yet.',
};

const EXTENSION_TEXT = 'A Penstock extension: AWS has no such type. ';

/** Where a default comes from, in words. */
const SOURCE_TEXT: Readonly<Record<string, string>> = {
  docs: "AWS's guide",
  api: "AWS's API reference",
  'aws-support': 'AWS support',
  'old-docs': "an older edition of AWS's guide",
  inferred: 'inferred, AWS does not say',
};

/** docs/objects.md: every type and field of the catalogue, in Markdown. */
export function objectsPage(): string {
  const facts = objectTypeFacts();
  const own = facts.filter(({ extension }) => extension === true).length;
  const byCategory = Object.entries(CATEGORY_TITLES).map(([category, title]) => ({
    title,
    types: facts.filter((each) => each.category === category),
  }));
  const lines = [
    '# Objects of a definition',
    '',
    '<!-- Made by `npm run docs` from model/objects. Change it there. -->',
    '',
    `The ${facts.length - own} types of AWS Data Pipeline, ${own} of Penstock's own, and their fields, as Penstock validates them. Over the API:`,
    '`GET /v1/object-types` and `GET /v1/object-types/<type>`.',
    '',
    '## How to read it',
    '',
    ...LEGEND,
    '',
    '## Index',
    '',
    '| | runs or is used | validated only |',
    '|---|---|---|',
    ...byCategory.map(({ title, types }) => {
      const links = (supported: boolean) =>
        types.filter(({ support }) => (support !== 'validated') === supported).map(linkTo);
      return `| ${title} | ${links(true).join(', ')} | ${links(false).join(', ')} |`;
    }),
    '',
    'Groups of types, where a reference may name any of them:',
    '',
    '| group | types |',
    '|---|---|',
    ...Object.entries(ABSTRACT_TYPES).map(
      ([group, names]) => `| ${group} | ${names.map((name) => `[${name}](#${anchorOf(name)})`).join(', ')} |`,
    ),
    ...byCategory.flatMap(({ title, types }) => ['', `## ${title}`, ...types.flatMap(sectionOf)]),
    '',
  ];
  return lines.join('\n');
}

const LEGEND = [
  '- **kind**: `string` (expressions are allowed), `int`, `double`, `boolean`, `datetime` (`YYYY-MM-DDTHH:MM:SS`, UTC), `period` (`N unit`), one',
  '  of the values listed, or → the types that the field refers to (`{"ref": "id"}`). **list**: the field may stand several times.',
  '- **need**: **required**; *one of* a group of fields; *schedule*: required, its own or inherited from Default, unless the pipeline is ondemand.',
  '- **default**: what holds when the field is absent; in brackets who says so.',
  "- Marks: *secret* (kept sealed, never shown), *read-only* (written by the service), *old name* (not in AWS's tables of 2019, but accepted:",
  '  it stands in examples, older editions or real definitions), *Penstock extension* (AWS has no such field).',
  '- Every object may also have fields of your own, `my…` or `*my…` (secret). Fields of `Default` are inherited by all objects.',
];

function sectionOf(type: ObjectTypeFacts): string[] {
  const own = Object.entries(type.fields).toSorted(byNeed);
  return [
    '',
    `### ${type.name}`,
    '',
    `${escaped(type.summary)} ${type.extension === true ? EXTENSION_TEXT : ''}${SUPPORT_TEXT[type.support]}${type.groups.length === 0 ? '' : ` Groups: ${type.groups.join(', ')}.`}`,
    '',
    '| field | kind | need | default | meaning |',
    '|---|---|---|---|---|',
    ...own.map(([name, field]) => rowOf(name, field)),
  ];
}

/** What must be there first, then by name. */
function byNeed([a, left]: [string, FieldDefinition], [b, right]: [string, FieldDefinition]): number {
  const rank = ({ use }: FieldDefinition) => (use === 'required' ? 0 : use === 'oneOf' ? 1 : 2);
  return rank(left) - rank(right) || (a < b ? -1 : 1);
}

function rowOf(name: string, field: FieldDefinition): string {
  const cells = [`\`${name}\``, kindOf(field), needOf(field), defaultOf(field), meaningOf(name, field)];
  return `| ${cells.join(' | ')} |`;
}

function kindOf(field: FieldDefinition): string {
  const kind =
    field.kind === 'reference'
      ? `→ ${(field.targets ?? []).join(', ')}`
      : field.kind === 'enum'
        ? valuesOf(field.values ?? [])
        : field.kind;
  const range = field.min === undefined ? '' : ` ≥ ${field.min}`;
  return `${kind}${range}${field.list === true ? ', list' : ''}`;
}

function valuesOf(values: readonly string[]): string {
  if (values === REGIONS) return 'a region, for example `us-east-1`';
  return values.map((value) => `\`${value}\``).join(', ');
}

function needOf(field: FieldDefinition): string {
  switch (field.use) {
    case 'required':
      return '**required**';
    case 'oneOf':
      return `*one of* ${(field.group ?? []).map((name) => `\`${name}\``).join(', ')}`;
    case 'invocation':
      return '*schedule*';
    case 'forbidden':
      return 'must not be set';
    case 'mistaken':
      return 'listed by AWS, without effect';
    case 'optional':
      return '';
  }
}

function defaultOf({ default: value, defaultNote, defaultSource }: FieldDefinition): string {
  const shown = value === undefined ? defaultNote : `\`${JSON.stringify(value).slice(1, -1)}\``;
  if (shown === undefined) return '';
  const source = defaultSource === undefined ? '' : ` (${SOURCE_TEXT[defaultSource] ?? defaultSource})`;
  return `${escaped(shown)}${source}`;
}

function meaningOf(name: string, field: FieldDefinition): string {
  const marks = [
    ...(name.startsWith('*') ? ['secret'] : []),
    ...(field.readOnly === true ? ['read-only'] : []),
    ...(field.extension === true ? ['Penstock extension'] : []),
    ...(field.notInTable === true ? [`old name: ${field.source ?? 'seen in definitions'}`] : []),
  ].map((mark) => ` *${escaped(mark)}*.`);
  const limits = [
    ...(field.max === undefined ? [] : [`AWS allows at most ${field.max}; more is a warning.`]),
    ...(field.maxItems === undefined
      ? []
      : [`AWS allows at most ${field.maxItems} values; more is a warning.`]),
    ...(field.valuesSeen === undefined ? [] : [`Seen: ${valuesOf(field.valuesSeen)}.`]),
    ...(field.note === undefined ? [] : [`Note: ${field.note}.`]),
  ];
  return `${[field.meaning, ...limits].map(escaped).join(' ')}${marks.join('')}`;
}

function linkTo({ name }: ObjectTypeFacts): string {
  return `[${name}](#${anchorOf(name)})`;
}

function anchorOf(name: string): string {
  return name.toLowerCase();
}

/** What would end a cell of the table, or begin a tag. */
function escaped(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/</g, '&lt;');
}
