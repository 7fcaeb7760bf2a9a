import { isReference, type Component, type FieldValue } from '../definition/component.js';
import type { Expression, Path } from './ast.js';
import { argumentsOf, functionOf } from './check.js';
import type { EvaluationContext } from './context.js';
import { numberOf } from './convert.js';
import { ExpressionError } from './errors.js';
import { CallError } from './functions.js';
import { negate, operate } from './operators.js';
import { NameError, resolvePath } from './resolve.js';
import { hasExpression, parseTemplate } from './template.js';
import { isSecret, printValue, stringValue, type Value } from './values.js';

/** Longest result, all values together. Source: api.md 2.2, EvaluateExpression. */
const MAXIMUM_CHARACTERS = 20 * 1024 * 1024;
/** Most single operations, beside one for each character of the text. Our choice: a second or so. */
const MAXIMUM_STEPS = 1_000_000;
/** Deepest evaluation: nested expressions, and fields that read fields. Our choice: keeps far from the stack's end. */
const MAXIMUM_DEPTH = 150;

/** Used verbatim, whatever they hold. Source: semantics.md 3.1. */
const VERBATIM_FIELDS: ReadonlySet<string> = new Set(['id', 'name', 'type', '@sphere']);

/**
 * A text with its expressions evaluated: one value; several when a list or array parameter is in it; none when an
 * optional parameter without a value is in it, so that the field drops out. Source: semantics.md 2, 3.5.
 * Lists of the same length map together, pair by pair (`#{input.directoryPath}/#{input.myPart}`). Our choice.
 * A parameter's value is text as it is: a `#{` inside it is not evaluated (our choice).
 * @throws ExpressionError
 */
export function evaluateText(text: string, context: EvaluationContext): string[] {
  return new Evaluation(context, text.length).values(text, context.self).map(printValue);
}

/**
 * All fields of a component, expressions evaluated; references and verbatim fields as they are. A field without a
 * value is left out. With `keys`, only those fields.
 * @throws ExpressionError naming object and field
 */
export function evaluateFields(
  component: Component,
  context: EvaluationContext,
  keys?: readonly string[],
): Record<string, FieldValue[]> {
  const { fields, problems } = evaluateEachField(component, context, keys);
  const [problem] = problems;
  if (problem !== undefined) throw problem.error;
  return fields;
}

/** evaluateFields that goes on after a mistake: for fields that a type inherits and does not know (semantics.md 1). */
export function evaluateEachField(
  component: Component,
  context: EvaluationContext,
  keys?: readonly string[],
): {
  readonly fields: Record<string, FieldValue[]>;
  readonly problems: readonly { readonly field: string; readonly error: ExpressionError }[];
} {
  const evaluation = new Evaluation(context, 0);
  const entries: [string, FieldValue[]][] = [];
  const problems: { field: string; error: ExpressionError }[] = [];
  for (const [key, values] of Object.entries(component.fields)) {
    if (keys !== undefined && !keys.includes(key)) continue;
    try {
      const evaluated = values.flatMap((value): readonly FieldValue[] => {
        if (isReference(value) || VERBATIM_FIELDS.has(key) || !hasExpression(value)) return [value];
        return evaluation.values(value, component.id, key).map(printValue);
      });
      if (evaluated.length > 0) entries.push([key, evaluated]);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problems.push({ field: key, error: error.in(component.id, key) });
    }
  }
  // fromEntries defines properties, so a field called `__proto__` is only a field.
  return { fields: Object.fromEntries(entries), problems };
}

/** One evaluation with its limits, and the fields that it has read so far. */
class Evaluation {
  readonly #known = new Map<string, readonly Value[]>();
  readonly #open = new Set<string>();
  readonly #maximumSteps: number;
  #steps = 0;
  #depth = 0;

  constructor(
    readonly context: EvaluationContext,
    textLength: number,
  ) {
    this.#maximumSteps = MAXIMUM_STEPS + textLength;
  }

  /** The values of `text`, a text of `object` (in its field `field`). */
  values(text: string, object: string, field?: string): readonly Value[] {
    if (!hasExpression(text)) return [stringValue(text)];
    this.#spend(text.length, text, 0);
    const parts = parseTemplate(text).parts.map((part) => {
      if (part.kind === 'text') return { values: [stringValue(part.text)], at: 0 };
      const place: Place = { text, object, ...(field === undefined ? {} : { field }) };
      return { values: this.#evaluate(part.expression, place), at: part.start };
    });
    const [only] = parts;
    const values = parts.length === 1 && only !== undefined ? only.values : this.#join(parts, text);
    let characters = 0;
    for (const value of values) characters += printValue(value).length;
    if (characters > MAXIMUM_CHARACTERS)
      throw new ExpressionError(text, 0, 'the result is larger than 20 MB');
    return values;
  }

  #join(parts: readonly Operand[], text: string): readonly Value[] {
    return this.#mapTogether(parts, text, (values) => {
      let characters = 0;
      const texts = values.map((value) => {
        const printed = printValue(value);
        characters += printed.length;
        return printed;
      });
      if (characters > MAXIMUM_CHARACTERS)
        throw new ExpressionError(text, 0, 'the result is larger than 20 MB');
      this.#spend(characters, text, 0);
      return stringValue(texts.join(''), values.some(isSecret));
    });
  }

  #evaluate(expression: Expression, place: Place): readonly Value[] {
    if (++this.#depth > MAXIMUM_DEPTH) {
      throw new ExpressionError(
        place.text,
        expression.at,
        `the evaluation is nested deeper than ${MAXIMUM_DEPTH} levels`,
      );
    }
    try {
      return this.#evaluateNode(expression, place);
    } finally {
      this.#depth--;
    }
  }

  #evaluateNode(expression: Expression, place: Place): readonly Value[] {
    const { text } = place;
    const operand = (each: Expression): Operand => ({ values: this.#evaluate(each, place), at: each.at });
    switch (expression.kind) {
      case 'number': {
        const value = numberOf(expression.text);
        if (value !== undefined) return [value];
        throw new ExpressionError(text, expression.at, `the number ${expression.text} is too large`);
      }
      case 'string':
        return [stringValue(expression.value)];
      case 'path':
        return this.#path(expression, place);
      case 'negation':
        return this.#apply([operand(expression.operand)], text, expression.at, ([value]) =>
          negate(value as Value),
        );
      case 'function':
      case 'method': {
        const called = functionOf(text, expression);
        return this.#apply(argumentsOf(expression).map(operand), text, expression.at, called.call);
      }
      case 'binary': {
        // A sum of a thousand terms is a thousand deep on its left: down in a loop, up in another.
        const spine = [expression];
        let first: Expression = expression.left;
        for (; first.kind === 'binary'; first = first.left) spine.push(first);
        let left = operand(first);
        for (const { operator, right, at } of spine.reverse()) {
          const values = this.#apply([left, operand(right)], text, at, (values) =>
            operate(operator, valueAt(values, 0), valueAt(values, 1)),
          );
          left = { values, at };
        }
        return left.values;
      }
    }
  }

  #path(path: Path, place: Place): readonly Value[] {
    try {
      const values = resolvePath(path.names, {
        context: this.context,
        object: place.object,
        ...(place.field === undefined ? {} : { field: place.field }),
        fieldValues: (component, field) => this.#fieldValues(component, field, path, place),
      });
      this.#countSteps(values.length, place.text, path.at);
      return values;
    } catch (error) {
      if (error instanceof NameError) throw new ExpressionError(place.text, path.at, error.message);
      throw error;
    }
  }

  /** Each field is evaluated once, in the context of its object; so its cost does not multiply. */
  #fieldValues(component: Component, field: string, path: Path, place: Place): readonly Value[] {
    const key = JSON.stringify([component.id, field]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#open.has(key) || (place.object === component.id && place.field === field)) {
      const problem = `"${path.names.join('.')}" needs field "${field}" of object "${component.id}", which needs itself`;
      throw new ExpressionError(place.text, path.at, problem);
    }
    this.#open.add(key);
    try {
      const secret = field.startsWith('*');
      const values = (component.fields[field] ?? []).flatMap((value): readonly Value[] => {
        if (isReference(value)) return [{ type: 'reference', id: value.ref }];
        const evaluated = VERBATIM_FIELDS.has(field)
          ? [stringValue(value)]
          : this.values(value, component.id, field);
        return secret ? evaluated.map((each) => stringValue(printValue(each), true)) : evaluated;
      });
      this.#known.set(key, values);
      return values;
    } catch (error) {
      throw error instanceof ExpressionError ? error.in(component.id, field) : error;
    } finally {
      this.#open.delete(key);
    }
  }

  #apply(
    operands: readonly Operand[],
    text: string,
    at: number,
    call: (values: readonly Value[]) => Value,
  ): readonly Value[] {
    return this.#mapTogether(operands, text, (values) => {
      try {
        return call(values);
      } catch (error) {
        if (error instanceof CallError) throw new ExpressionError(text, at, error.message);
        throw error;
      }
    });
  }

  /** Calls `call` once for each place of the lists; single values go with every place. */
  #mapTogether(
    operands: readonly Operand[],
    text: string,
    call: (values: readonly Value[]) => Value,
  ): readonly Value[] {
    let length = 1;
    for (const { values, at } of operands) {
      if (values.length === 0) return [];
      if (values.length === 1 || values.length === length) continue;
      if (length > 1) {
        const problem = `a list of ${values.length} values meets one of ${length}: expected lists of the same length`;
        throw new ExpressionError(text, at, problem);
      }
      length = values.length;
    }
    this.#countSteps(length * operands.length, text, operands[0]?.at ?? 0);
    if (length === 1) return [call(operands.map(({ values }) => valueAt(values, 0)))];
    return Array.from({ length }, (_, index) =>
      call(operands.map(({ values }) => valueAt(values, values.length === 1 ? 0 : index))),
    );
  }

  #countSteps(steps: number, text: string, at: number): void {
    this.#steps += Math.max(1, steps);
    if (this.#steps > this.#maximumSteps) {
      throw new ExpressionError(text, at, `the evaluation takes more than ${MAXIMUM_STEPS} steps`);
    }
    this.#spend(steps, text, at);
  }

  #spend(steps: number, text: string, at: number): void {
    const { budget } = this.context;
    if (budget === undefined) return;
    budget.stepsLeft -= steps;
    if (budget.stepsLeft < 0) throw new ExpressionError(text, at, 'the expressions take too much work');
  }
}

/** Where an expression stands. */
interface Place {
  readonly text: string;
  readonly object: string;
  readonly field?: string;
}

interface Operand {
  readonly values: readonly Value[];
  readonly at: number;
}

function valueAt(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new Error(`There is no value ${index} among ${values.length}`);
  return value;
}
