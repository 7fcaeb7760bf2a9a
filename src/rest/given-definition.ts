import type { IncomingMessage } from 'node:http';
import { readAnyDefinition, type ReadDefinition } from '../../formats/read-any-definition.js';
import { InvalidRequest } from '../../model/errors.js';
import { givenOf, type GivenDefinitionInput } from './plan.input.js';
import { bodyOf } from './request-body.js';

/** Members whose names the user chooses: making a DTO of them would drop names such as `constructor`. */
const FREE_MEMBERS = ['definition', 'values', 'parameters'] as const;

/** The body of a call that is given a definition. @throws HttpException, InvalidRequest */
export async function givenBodyOf<Input extends GivenDefinitionInput>(
  request: IncomingMessage,
  input: new () => Input,
): Promise<Input> {
  return freeBodyOf(request, input, FREE_MEMBERS);
}

/** The body of a call, the objects among its `free` members as they are. @throws HttpException, InvalidRequest */
export async function freeBodyOf<Input extends object>(
  request: IncomingMessage,
  input: new () => Input,
  freeMembers: readonly (keyof Input & string)[],
): Promise<Input> {
  let free: Readonly<Record<string, unknown>> = {};
  const checked = await bodyOf(request, input, (body: Readonly<Record<string, unknown>>) => {
    free = Object.fromEntries(
      freeMembers.filter((member) => isObject(body[member])).map((member) => [member, body[member]]),
    );
    return { ...body, ...Object.fromEntries(Object.keys(free).map((member) => [member, {}])) };
  });
  return Object.assign(checked, free);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The definition of a request, in whatever form it is. @throws InvalidRequest */
export function readGiven(input: GivenDefinitionInput): ReadDefinition {
  const { definition, text, fileName, pipeline } = input;
  if ((definition === undefined) === (text === undefined)) {
    const found = definition === undefined ? 'neither' : 'both';
    throw new InvalidRequest(`The request has ${found} of 'definition' and 'text': expected one of them`);
  }
  if (fileName !== undefined && text === undefined) {
    throw new InvalidRequest("The request has 'fileName' without 'text': expected 'text'");
  }
  return readAnyDefinition(text ?? JSON.stringify(definition), {
    ...(fileName === undefined ? {} : { fileName }),
    ...(pipeline === undefined ? {} : { pipeline }),
    parameters: givenOf('parameters', input.parameters),
    places: text !== undefined, // nobody wrote the text that `definition` becomes here
  });
}
