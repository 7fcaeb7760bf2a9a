import type { JsonMember, JsonNode } from '../model/definition/json-text.js';

export type ObjectNode = JsonNode & { readonly kind: 'object' };

/** The value of the first member called `key` of an object; undefined when there is none, or it is null. */
export function memberOf(node: JsonNode | undefined, key: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined;
  const value = node.members.find((member) => member.key === key)?.value;
  return value === undefined || isNull(value) ? undefined : value;
}

/** True for null. */
export function isNull(node: JsonNode): boolean {
  return node.kind === 'literal' && node.text === 'null';
}

/** Text, or a number or boolean as it is written; undefined for anything else. */
export function scalarText(node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return node.value;
  return node?.kind === 'literal' && !isNull(node) ? node.text : undefined;
}

/** The members of an object; none of anything else. */
export function membersOf(node: JsonNode | undefined): readonly JsonMember[] {
  return node?.kind === 'object' ? node.members : [];
}

/** The members of an object by key, the first of each; null counts as absent. */
export function membersByKey(node: JsonNode | undefined): ReadonlyMap<string, JsonNode> {
  const byKey = new Map<string, JsonNode>();
  for (const { key, value } of membersOf(node)) {
    if (!byKey.has(key) && !isNull(value)) byKey.set(key, value);
  }
  return byKey;
}

/** Members whose key stands before them in the same object, down to `depth` levels; at most `most` of them. */
export function repeatedMembers(root: JsonNode, depth: number, most: number): JsonMember[] {
  const found: JsonMember[] = [];
  const visit = (node: JsonNode, level: number): void => {
    if (level > depth || found.length >= most) return;
    if (node.kind === 'array') for (const item of node.items) visit(item, level + 1);
    const seen = new Set<string>();
    for (const member of membersOf(node)) {
      if (seen.has(member.key) && found.length < most) found.push(member);
      seen.add(member.key);
      visit(member.value, level + 1);
    }
  };
  visit(root, 0);
  return found;
}

/** The items of a list; anything else is a list of itself, and nothing is an empty one. */
export function itemsOf(node: JsonNode | undefined): readonly JsonNode[] {
  if (node === undefined) return [];
  return node.kind === 'array' ? node.items : [node];
}

/** A text node at `offset`. */
export function textNode(value: string, offset: number): JsonNode {
  return { kind: 'string', value, offset };
}

/** An object node at `offset`; members without a value are left out. */
export function objectNode(
  entries: readonly (readonly [string, JsonNode | undefined])[],
  offset: number,
): ObjectNode {
  const members = entries.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value, offset }]));
  return { kind: 'object', members, offset };
}
