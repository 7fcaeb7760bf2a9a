import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { objectTypeFacts } from '../../model/definition/object-type-facts.js';
import { didYouMean } from '../../model/expression/suggest.js';
import { ObjectTypeListView, ObjectTypeView, objectTypeView } from './object-type.views.js';

/** The catalogue: the types of object that a definition may hold, and their fields. */
@ApiTags('object types')
@Controller('v1/object-types')
export class ObjectTypesController {
  readonly #types = new Map(objectTypeFacts().map((each) => [each.name, objectTypeView(each)]));

  /** All types, with their fields. */
  @Get()
  @Access('penstock:ListObjectTypes')
  @ApiOkResponse({ type: ObjectTypeListView })
  list(): ObjectTypeListView {
    return { objectTypes: [...this.#types.values()] };
  }

  /** One type, by its wire name. */
  @Get(':type')
  @Access('penstock:ListObjectTypes')
  @ApiOkResponse({ type: ObjectTypeView })
  @ApiNotFoundResponse()
  get(@Param('type') type: string): ObjectTypeView {
    const found = this.#types.get(type);
    if (found !== undefined) return found;
    const hint = didYouMean(type, this.#types.keys());
    throw new NotFoundException(`There is no type of object ${JSON.stringify(type.slice(0, 100))}${hint}`);
  }
}
