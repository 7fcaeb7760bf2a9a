import { placeOf } from '../model/definition/json-text.js';
import type { DefinitionProblem } from '../model/definition/pipeline-definition.js';
import { problem, type ProblemPlace } from '../model/definition/problem.js';

/** Values for the parameters of a file, by name; a list for parameters that hold one. */
export type GivenValues = Readonly<Record<string, string | readonly string[]>>;

/** The values that a template was given, which of them it used, and what was wrong with it. */
export class TemplateValues {
  readonly problems: DefinitionProblem[] = [];
  readonly #unused: Set<string>;

  constructor(
    readonly text: string,
    readonly given: GivenValues,
  ) {
    this.#unused = new Set(Object.keys(given));
  }

  /** The value given for `name`, or undefined. A list of one is its text. */
  take(name: string): string | readonly string[] | undefined {
    this.#unused.delete(name);
    const value = Object.hasOwn(this.given, name) ? this.given[name] : undefined;
    return typeof value !== 'string' && value?.length === 1 ? value[0] : value;
  }

  /** Values that nothing took, by name: they are values of the pipeline's own parameters, or of nothing. */
  unused(): [string, readonly string[]][] {
    return [...this.#unused].map((name) => [name, listOf(this.given[name] ?? [])]);
  }

  /** Adds an error at `offset` of the text. */
  error(place: ProblemPlace, offset: number, what: string): void {
    const { line, column } = placeOf(this.text, offset);
    this.problems.push(problem('error', place, `${what} (line ${line}, column ${column}).`));
  }
}

/** A list of the value, or the list that it is. */
export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
