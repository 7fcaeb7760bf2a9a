import { didYouMean, listed } from '../expression/suggest.js';
import { parseRangeEnd } from '../instance/plan-definition.js';
import { DateTimeError, formatDateTime } from '../schedule/date-time.js';
import { parsePeriod, PeriodError } from '../schedule/period.js';
import { DEFAULT_ID } from './inheritance.js';
import { supportOf } from './object-type-facts.js';
import { resolveParameters, withParameterValues } from './parameters.js';
import type { Field, ParameterValue, PipelineDefinition, PipelineObject } from './pipeline-definition.js';
import type { TemplateEntry, TemplateSchedule } from './templates.js';

/** A template with its definition, which has no values. */
export interface Template extends TemplateEntry {
  readonly definition: PipelineDefinition;
}

/** A parameter of a template, as a user is told of it. */
export interface TemplateParameter {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  /** Needs a value, for it is neither optional nor has a default. */
  readonly required: boolean;
  readonly isArray: boolean;
  readonly allowedValues: readonly string[];
  readonly default?: string;
  /** A value such as it may have. */
  readonly example?: string;
  readonly helpText?: string;
}

/** What `fillTemplate` is told. */
export interface TemplateOptions {
  /** Values of parameters; one id several times is an array. */
  readonly values?: readonly ParameterValue[];
  readonly schedule?: TemplateSchedule;
  /** Start of the first interval, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS; else the first activation. */
  readonly start?: string;
  /** Length of an interval, `N unit`. */
  readonly period?: string;
}

/** What the caller asked of a template and it cannot do: every reason. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(readonly reasons: readonly string[]) {
    super(reasons.join('\n'));
  }
}

/** The parameters of a template, in order. */
export function templateParameters({ definition }: Template): TemplateParameter[] {
  return definition.parameterObjects.map(({ id, attributes }) => {
    const texts = (name: string) =>
      attributes.filter(({ key }) => key === name).map(({ stringValue }) => stringValue);
    const optionalText = (name: string, as: string) => {
      const [text] = texts(name);
      return text === undefined ? {} : { [as]: text };
    };
    const isTrue = (name: string) => texts(name)[0] === 'true';
    return {
      id,
      type: texts('type')[0] ?? 'String',
      description: texts('description')[0] ?? '',
      required: !isTrue('optional') && texts('default').length === 0,
      isArray: isTrue('isArray'),
      allowedValues: texts('allowedValues'),
      ...optionalText('default', 'default'),
      ...optionalText('watermark', 'example'),
      ...optionalText('helpText', 'helpText'),
    };
  });
}

/** The types of a template that this version only validates, so that it cannot be activated. */
export function typesNotYetRun({ definition }: Template): string[] {
  const types = definition.pipelineObjects.flatMap(({ fields }) =>
    fields.flatMap(({ key, stringValue }) =>
      key === 'type' && stringValue !== undefined ? [stringValue] : [],
    ),
  );
  return [...new Set(types)].filter((type) => supportOf(type) === 'validated');
}

/** The required parameters that `values` leave without a value. */
export function missingParameters(
  template: Template,
  values: readonly ParameterValue[],
): TemplateParameter[] {
  const given = new Set(values.map(({ id }) => id));
  return templateParameters(template).filter(({ id, required }) => required && !given.has(id));
}

/**
 * A definition made from a template: with these values, and on this schedule. Required parameters may stay without a
 * value: PutPipelineDefinition and ActivatePipeline take values too.
 * @throws TemplateError
 */
export function fillTemplate(template: Template, options: TemplateOptions = {}): PipelineDefinition {
  const { values = [] } = options;
  const reasons = [...checkValues(template, values), ...checkSchedule(template, options)];
  if (reasons.length > 0) throw new TemplateError(reasons);
  const definition = withParameterValues(template.definition, values);
  return { ...definition, pipelineObjects: onSchedule(definition.pipelineObjects, options) };
}

function checkValues({ id: templateId, definition }: Template, values: readonly ParameterValue[]): string[] {
  const known = definition.parameterObjects.map(({ id }) => id);
  const given = [...new Set(values.map(({ id }) => id))];
  const { problems } = resolveParameters(definition, values);
  return given.flatMap((id) => {
    if (!known.includes(id)) {
      return [
        `template "${templateId}" has no parameter "${id}"${didYouMean(id, known) || `; it has ${listed(known, 20)}`}`,
      ];
    }
    if (values.some((value) => value.id === id && value.stringValue === '')) {
      return [`the value of parameter "${id}" is empty; expected text, or no value`];
    }
    // Errors and warnings alike: a value that is doubtful at once is a slip.
    return problems
      .filter(({ objectId }) => objectId === id)
      .map(({ message }) => message.replace(/^[A-Z_]+: +/, '').replace(/\.$/, ''));
  });
}

function checkSchedule({ id, schedules }: Template, { schedule, start, period }: TemplateOptions): string[] {
  const reasons: string[] = [];
  if (schedule !== undefined && !schedules.includes(schedule)) {
    const why = 'it copies what was written in an interval, when the interval is over';
    reasons.push(`template "${id}" cannot be ${schedule}: ${why}; expected ${listed(schedules)}`);
  }
  if (schedule === 'ondemand') {
    const without = { start, period };
    for (const [name, text] of Object.entries(without)) {
      if (text === undefined) continue;
      reasons.push(`${name} "${text}" has no meaning with ondemand, which runs at each activation`);
    }
    return reasons;
  }
  if (start !== undefined) reasons.push(...problemOf('start', () => parseRangeEnd(start)));
  if (period !== undefined) reasons.push(...problemOf('period', () => parsePeriod(period)));
  return reasons;
}

function problemOf(name: string, read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof DateTimeError || error instanceof PeriodError)) throw error;
    return [`${name} ${error.message.replace(/^Period /, '')}`];
  }
}

function onSchedule(
  objects: readonly PipelineObject[],
  { schedule, start, period }: TemplateOptions,
): PipelineObject[] {
  return objects.flatMap((object) => {
    if (object.id === DEFAULT_ID && schedule !== undefined) {
      const changed = withText(object, 'scheduleType', schedule);
      return [schedule === 'ondemand' ? without(changed, 'schedule') : changed];
    }
    if (!object.fields.some(({ key, stringValue }) => key === 'type' && stringValue === 'Schedule')) {
      return [object];
    }
    if (schedule === 'ondemand') return []; // AWS refuses a Schedule there. Source: semantics.md 4.4
    let changed = object;
    if (start !== undefined) {
      changed = withText(without(changed, 'startAt'), 'startDateTime', formatDateTime(parseRangeEnd(start)));
    }
    if (period !== undefined) changed = { ...withText(changed, 'period', period), name: `Every ${period}` };
    return [changed];
  });
}

function withText(object: PipelineObject, key: string, stringValue: string): PipelineObject {
  const field: Field = { key, stringValue };
  const has = object.fields.some((each) => each.key === key);
  const fields = has
    ? object.fields.map((each) => (each.key === key ? field : each))
    : [...object.fields, field];
  return { ...object, fields };
}

function without(object: PipelineObject, key: string): PipelineObject {
  return { ...object, fields: object.fields.filter((each) => each.key !== key) };
}
