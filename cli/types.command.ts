import { didYouMean } from '../model/expression/suggest.js';
import { OBJECT_TYPES, objectType } from '../model/objects/catalogue.js';
import type { FieldDefinition, ObjectType } from '../model/objects/object-type.js';
import { CliError, EXIT, type Exit } from './cli-error.js';
import { printTable } from './table.js';
import type { Terminal } from './terminal.js';

/** `penstock types`: the catalogue of object types, or one type with its fields. */
export async function types(
  terminal: Terminal,
  name: string | undefined,
  { json }: { readonly json?: true },
): Promise<Exit> {
  if (name === undefined) {
    await terminal.out(json ? jsonOf(OBJECT_TYPES) : listOfTypes());
    return EXIT.ok;
  }
  const type = objectType(name);
  if (type === undefined) {
    const hint = didYouMean(name, Object.keys(OBJECT_TYPES));
    throw new CliError(`"${name}" is not a type of object${hint}; "penstock types" lists them`);
  }
  await terminal.out(json ? jsonOf({ name, ...type }) : typeText(name, type));
  return EXIT.ok;
}

function jsonOf(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function listOfTypes(): string {
  const rows = Object.entries(OBJECT_TYPES).map(([name, { category, summary }]) => [name, category, summary]);
  return printTable(['type', 'category', 'summary'], rows);
}

function typeText(name: string, { category, summary, fields }: ObjectType): string {
  const rows = Object.entries(fields).map(([field, definition]) => [
    field,
    kindOf(definition),
    definition.use,
    definition.default ?? definition.defaultNote ?? '',
    definition.meaning,
  ]);
  return `${name} (${category})\n${summary}\n\n${printTable(['field', 'kind', 'use', 'default', 'meaning'], rows)}`;
}

function kindOf({ kind, list, values, targets }: FieldDefinition): string {
  const detail = values ?? targets ?? [];
  return `${kind}${detail.length > 0 ? ` ${detail.join('|')}` : ''}${list ? ' (list)' : ''}`;
}
