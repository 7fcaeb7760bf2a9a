import { placesOf } from '../model/definition/json-text.js';
import type { DefinitionProblem } from '../model/definition/pipeline-definition.js';
import { problem, type ProblemPlace } from '../model/definition/problem.js';

/** Values for the parameters of a file, by name; a list for parameters that hold one. */
export type GivenValues = Readonly<Record<string, string | readonly string[]>>;

/** Most mistakes of a template that are listed. Our choice. */
const MAXIMUM_PROBLEMS = 1000;
/** Most characters that functions and variables may make in all. Our choice: a bound against templates that multiply a text. */
const MAXIMUM_MADE_LENGTH = 20_000_000;

/** The values that a template was given, which of them it used, and what was wrong with it. */
export class TemplateValues {
  readonly problems: DefinitionProblem[] = [];
  /** Warnings: what the template says of the pipeline beside its definition. */
  readonly losses: DefinitionProblem[] = [];
  /** What the template calls the pipeline. */
  name?: string;
  readonly #unused: Set<string>;
  readonly #placeOf: ReturnType<typeof placesOf>;
  #madeLength = 0;

  constructor(
    text: string,
    readonly given: GivenValues,
    private readonly hasPlaces = true,
  ) {
    this.#placeOf = placesOf(text);
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
    if (this.isFull) return;
    this.problems.push(problem('error', place, `${what}${this.#place(offset)}.`));
    if (!this.isFull) return;
    const text = `The template has at least ${MAXIMUM_PROBLEMS} mistakes, of which these are listed. Mend them first.`;
    this.problems.push(problem('fatal', {}, text));
  }

  /** True when nothing more is said, and so nothing more need be read. */
  get isFull(): boolean {
    return this.problems.length >= MAXIMUM_PROBLEMS || this.#madeLength > MAXIMUM_MADE_LENGTH;
  }

  /** Counts characters that a function or a variable makes; what goes beyond the bound ends the reading. */
  made(length: number, offset: number): void {
    if (this.isFull) return;
    this.#madeLength += length;
    if (this.#madeLength <= MAXIMUM_MADE_LENGTH) return;
    const text = `The template makes more than ${MAXIMUM_MADE_LENGTH} characters of text${this.#place(offset)}. Expected less.`;
    this.problems.push(problem('fatal', {}, text));
  }

  /** The same values for what may have none: its mistakes are not said. */
  quiet(): TemplateValues {
    return new TemplateValues('', this.given);
  }

  /** Adds what has no place in a definition. */
  lose(offset: number, what: string): void {
    this.losses.push(problem('warning', {}, `LOSS:  ${what}${this.#place(offset)}.`));
  }

  #place(offset: number): string {
    if (!this.hasPlaces) return '';
    const { line, column } = this.#placeOf(offset);
    return ` (line ${line}, column ${column})`;
  }
}

/** A list of the value, or the list that it is. */
export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
