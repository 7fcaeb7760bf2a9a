/** A definition file of the AWS CLI in the form that the API takes, as `aws datapipeline` itself translates it. */

/** `{ objects, parameters, values }` as `{ pipelineObjects, parameterObjects, parameterValues }`. */
export function toApi({ objects, parameters = [], values = {} }) {
  return {
    pipelineObjects: objects.map(({ id, name = id, ...members }) => ({
      id,
      name,
      fields: entriesOf(members).map(([key, value]) =>
        typeof value === 'object' ? { key, refValue: value.ref } : { key, stringValue: value },
      ),
    })),
    parameterObjects: parameters.map(({ id, ...attributes }) => ({
      id,
      attributes: entriesOf(attributes).map(([key, stringValue]) => ({ key, stringValue })),
    })),
    parameterValues: entriesOf(values).map(([id, stringValue]) => ({ id, stringValue })),
  };
}

/** Members in order of their names; a list becomes the same key several times. */
function entriesOf(members) {
  return Object.keys(members)
    .sort()
    .flatMap((key) => [members[key]].flat().map((value) => [key, value]));
}
