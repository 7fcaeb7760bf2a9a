/** What a writer makes before it becomes JSON or YAML. A map keeps its order, whatever its keys. */
export type Tree = string | boolean | readonly Tree[] | ReadonlyMap<string, Tree>;

/** A map of the entries that have a value. */
export function mapOf(
  ...entries: readonly (readonly [string, Tree | undefined])[]
): ReadonlyMap<string, Tree> {
  const map = new Map<string, Tree>();
  for (const [key, value] of entries) if (value !== undefined) map.set(key, value);
  return map;
}

/** The list, or nothing when it is empty. */
export function unlessEmpty(list: readonly Tree[]): readonly Tree[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** The tree as JSON text, indented by two. fromEntries defines properties, so that a key `__proto__` is one as any other. */
export function printJson(tree: Tree): string {
  const replacer = (_key: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value;
  return `${JSON.stringify(tree, replacer, 2)}\n`;
}
