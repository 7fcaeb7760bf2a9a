import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { objectTypeFacts } from '../../model/definition/object-type-facts.js';
import { didYouMean } from '../../model/expression/suggest.js';
import { Does } from './describe.js';
import { ObjectTypeListView, ObjectTypeView, objectTypeView } from './object-type.views.js';

/** The catalogue: the types of object that a definition may hold, and their fields. */
@ApiTags('object types')
@Controller('v1/object-types')
export class ObjectTypesController {
  readonly #types = new Map(objectTypeFacts().map((each) => [each.name, objectTypeView(each)]));

  @Get()
  @Access('penstock:ListObjectTypes')
  @Does('listObjectTypes', 'All types of object, with their fields')
  @ApiOkResponse({ type: ObjectTypeListView })
  list(): ObjectTypeListView {
    return { objectTypes: [...this.#types.values()] };
  }

  @Get(':type')
  @Access('penstock:ListObjectTypes')
  @Does('getObjectType', 'One type of object, by its wire name')
  @ApiParam({ name: 'type', type: String, example: 'CopyActivity' })
  @ApiOkResponse({ type: ObjectTypeView })
  get(@Param('type') type: string): ObjectTypeView {
    const found = this.#types.get(type);
    if (found !== undefined) return found;
    const hint = didYouMean(type, this.#types.keys());
    throw new NotFoundException(`There is no type of object ${JSON.stringify(type.slice(0, 100))}${hint}`);
  }
}
