import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CATEGORY_TITLES, type ObjectTypeFacts } from '../../model/definition/object-type-facts.js';
import type { Category, FieldDefinition, FieldKind, FieldUse } from '../../model/objects/object-type.js';

const KINDS = ['string', 'int', 'double', 'boolean', 'datetime', 'period', 'enum', 'reference'];
const USES = ['required', 'oneOf', 'invocation', 'optional', 'forbidden', 'mistaken'];

/** A field of a type. What does not apply is left out. */
export class FieldView {
  @ApiProperty({ description: 'The key in a definition; a star before it is part of the name' })
  name!: string;
  @ApiProperty({ enum: KINDS })
  kind!: FieldKind;
  @ApiProperty({
    enum: USES,
    description:
      'oneOf: one field of `group` must be there; invocation: the schedule; forbidden: must not be set on this type',
  })
  use!: FieldUse;
  @ApiProperty()
  meaning!: string;
  @ApiProperty({ description: 'May occur several times' })
  list!: boolean;
  @ApiProperty({ description: 'Kept sealed and never shown' })
  secret!: boolean;
  @ApiPropertyOptional({ description: 'Written by the service' })
  readOnly?: boolean;
  @ApiPropertyOptional({ type: [String] })
  group?: readonly string[];
  @ApiPropertyOptional({ type: [String], description: 'kind enum: its values' })
  values?: readonly string[];
  @ApiPropertyOptional({ type: [String], description: 'kind reference: types, or groups of types' })
  targets?: readonly string[];
  @ApiPropertyOptional({ description: 'What holds when the field is absent' })
  default?: string;
  @ApiPropertyOptional({ description: 'The default, where it is no single literal' })
  defaultNote?: string;
  @ApiPropertyOptional({ description: 'Who says what the default is' })
  defaultSource?: string;
  @ApiPropertyOptional()
  min?: number;
  @ApiPropertyOptional({ description: "AWS's limit; more is a warning" })
  max?: number;
  @ApiPropertyOptional({ description: "AWS's limit; more is a warning" })
  maxItems?: number;
  @ApiPropertyOptional({ description: "Not in AWS's tables of 2019, but accepted" })
  notInTable?: boolean;
  @ApiPropertyOptional({ description: "Penstock's own: AWS has no such field" })
  extension?: boolean;
}

/** A type of object. */
export class ObjectTypeView {
  @ApiProperty({ example: 'CopyActivity' })
  name!: string;
  @ApiProperty({ enum: Object.keys(CATEGORY_TITLES) })
  category!: Category;
  @ApiProperty()
  summary!: string;
  @ApiPropertyOptional({ description: "Penstock's own: AWS has no such type" })
  extension?: boolean;
  @ApiProperty({
    enum: ['runs', 'used', 'validated'],
    description: 'What this version does with it: run its instances, use it, or validate it only',
  })
  support!: ObjectTypeFacts['support'];
  @ApiProperty({ type: [String], description: 'Groups of types that it belongs to' })
  groups!: readonly string[];
  @ApiProperty({ type: [FieldView] })
  fields!: readonly FieldView[];
}

/** All types of object. */
export class ObjectTypeListView {
  @ApiProperty({ type: [ObjectTypeView] })
  objectTypes!: readonly ObjectTypeView[];
}

/** The view of a type of the catalogue. */
export function objectTypeView({
  name,
  category,
  summary,
  extension,
  support,
  groups,
  fields,
}: ObjectTypeFacts): ObjectTypeView {
  const views = Object.entries(fields).map(([key, field]) => fieldView(key, field));
  const own = extension === undefined ? {} : { extension };
  return { name, category, summary, ...own, support, groups, fields: views };
}

function fieldView(name: string, field: FieldDefinition): FieldView {
  const { kind, use, meaning, list = false, ...rest } = field;
  const { group, values, targets, default: value, defaultNote, defaultSource } = rest;
  const { min, max, maxItems, readOnly, notInTable, extension } = rest;
  return {
    name,
    kind,
    use,
    meaning,
    list,
    secret: name.startsWith('*'),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(group === undefined ? {} : { group }),
    ...(values === undefined ? {} : { values }),
    ...(targets === undefined ? {} : { targets }),
    ...(value === undefined ? {} : { default: value }),
    ...(defaultNote === undefined ? {} : { defaultNote }),
    ...(defaultSource === undefined ? {} : { defaultSource }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(maxItems === undefined ? {} : { maxItems }),
    ...(notInTable === undefined ? {} : { notInTable }),
    ...(extension === undefined ? {} : { extension }),
  };
}
