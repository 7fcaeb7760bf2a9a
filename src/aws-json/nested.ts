import { Type } from 'class-transformer';
import { registerDecorator, ValidateNested } from 'class-validator';

/**
 * A member that is an object of a DTO, or with `each` a list of such. `ValidateNested` alone takes a list in the place of an object,
 * and looks at what is in the list.
 */
export function Nested(type: () => new () => object, { each = false }: { readonly each?: boolean } = {}) {
  return (target: object, propertyName: string): void => {
    Type(type)(target, propertyName);
    ValidateNested({ each })(target, propertyName);
    registerDecorator({
      name: NESTED,
      target: target.constructor,
      propertyName,
      validator: {
        validate: (value: unknown) => faultyPlace(value, each) === undefined,
        defaultMessage: (args) =>
          `Value at '{path}${faultyPlace(args?.value, each) ?? ''}' failed to satisfy constraint: Member must be an object`,
      },
    });
  };
}

/** Name of the constraint in errors; where it is not kept, what others say of the value is of no use. */
export const NESTED = 'nested';

/** `[3]` for the first item that is no object, '' for a value that is none; undefined when all is well, or another rule's to refuse. */
function faultyPlace(value: unknown, each: boolean): string | undefined {
  if (!each) return isObject(value) ? undefined : '';
  if (!Array.isArray(value)) return undefined;
  const place = value.findIndex((item) => !isObject(item));
  return place < 0 ? undefined : `[${place}]`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
