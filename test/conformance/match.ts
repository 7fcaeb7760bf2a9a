/**
 * Why `actual` does not hold what is expected; undefined when it does. Objects hold at least the members expected, lists exactly the
 * items; a text that begins with `~` is a pattern; `null` means: absent or empty. An object that is expected where a list of fields
 * is (`{key, stringValue | refValue}`) names fields and their values.
 */
export function mismatch(expected: unknown, actual: unknown, path = 'answer'): string | undefined {
  const wrong = `${path} is ${JSON.stringify(actual)}: expected ${JSON.stringify(expected)}`;
  if (expected === null) return isNothing(actual) ? undefined : wrong;
  if (typeof expected === 'string' && expected.startsWith('~')) {
    return typeof actual === 'string' && new RegExp(expected.slice(1), 's').test(actual) ? undefined : wrong;
  }
  if (typeof expected !== 'object') return Object.is(expected, actual) ? undefined : wrong;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return wrong;
    return first(
      expected.map((each, place) => mismatch(each, actual[place] as unknown, `${path}[${place}]`)),
    );
  }
  const members = Array.isArray(actual) ? byKey(actual) : actual;
  if (typeof members !== 'object' || members === null) return wrong;
  return first(
    Object.entries(expected as object).map(([name, each]) =>
      mismatch(each, (members as Record<string, unknown>)[name], `${path}.${name}`),
    ),
  );
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** Values of fields by key; of one that stands there several times, the list of them. */
function byKey(fields: readonly unknown[]): Record<string, unknown> {
  const values: Record<string, unknown[]> = {};
  for (const field of fields) {
    const { key, stringValue, refValue } = field as { key?: string; stringValue?: string; refValue?: string };
    (values[key ?? ''] ??= []).push(stringValue ?? refValue);
  }
  return Object.fromEntries(
    Object.entries(values).map(([key, all]) => [key, all.length === 1 ? all[0] : all]),
  );
}

function first(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined);
}
