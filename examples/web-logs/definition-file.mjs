/** A definition file of the AWS CLI in the form that the API takes, as `aws datapipeline` itself translates it. */

/** `{ objects, parameters, values }` as `{ pipelineObjects, parameterObjects, parameterValues }`. */
export function toApi({ objects, parameters = [], values = {} }) {
  return {
    pipelineObjects: objects.map(({ id, name = id, ...members }) => ({
      id,
      name,
      fields: entriesOf(sorted(members)).map(([key, value]) =>
        typeof value === 'object' ? { key, refValue: value.ref } : { key, stringValue: value },
      ),
    })),
    parameterObjects: parameters.map(({ id, ...attributes }) => ({
      id,
      attributes: entriesOf(sorted(attributes)).map(([key, stringValue]) => ({ key, stringValue })),
    })),
    parameterValues: entriesOf(values).map(([id, stringValue]) => ({ id, stringValue })),
  };
}

/** Members in the order of their names, as the CLI sends those of objects and parameters. */
function sorted(members) {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Pairs of key and value; a list becomes the same key several times. */
function entriesOf(members) {
  return Object.entries(members).flatMap(([key, value]) => [value].flat().map((one) => [key, one]));
}
