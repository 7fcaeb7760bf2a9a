/** A definition file of the AWS CLI, as far as it is read. */
export interface DefinitionFile {
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Readonly<Record<string, unknown>>[];
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
}

/** The form that the API takes. */
export interface ApiDefinition {
  pipelineObjects: {
    id: string;
    name: string;
    fields: ({ key: string; stringValue: string } | { key: string; refValue: string })[];
  }[];
  parameterObjects: { id: string; attributes: { key: string; stringValue: string }[] }[];
  parameterValues: { id: string; stringValue: string }[];
}

/** `{ objects, parameters, values }` in the form that the API takes. */
export function toApi(file: DefinitionFile): ApiDefinition;
