/**
 * A definition as it travels on the wire and is stored: flat objects of key/value fields.
 * Source: api.md 1.3. Order of objects, fields and repeated keys is kept everywhere.
 */
export interface PipelineDefinition {
  readonly pipelineObjects: readonly PipelineObject[];
  readonly parameterObjects: readonly ParameterObject[];
  readonly parameterValues: readonly ParameterValue[];
}

/** One object: `id` and `name` are members, everything else (also `type`, `parent`) is a field. */
export interface PipelineObject {
  readonly id: string;
  readonly name: string;
  readonly fields: readonly Field[];
}

/** One value of a field; a list is the same key several times. Exactly one of the two values is there. */
export type Field =
  | { readonly key: string; readonly stringValue: string; readonly refValue?: undefined }
  | { readonly key: string; readonly refValue: string; readonly stringValue?: undefined };

/** The declaration of a parameter (`#{myName}`). */
export interface ParameterObject {
  readonly id: string;
  readonly attributes: readonly { readonly key: string; readonly stringValue: string }[];
}

/** One value of a parameter; an array is the same id several times. */
export interface ParameterValue {
  readonly id: string;
  readonly stringValue: string;
}

/** What is wrong with (or doubtful in) a definition. `objectId` is absent when it concerns the whole pipeline. */
export interface DefinitionProblem {
  readonly severity: 'fatal' | 'error' | 'warning';
  readonly objectId?: string;
  readonly field?: string;
  /** Complete sentence: what, the offending value, what was expected. AWS's text where it is known. */
  readonly message: string;
}
