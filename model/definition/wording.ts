/** How messages name what a file holds: as the file itself writes it. */
export interface Wording {
  readonly syntax: 'json' | 'yaml';
  /** What the file calls a member of the API's form: CloudFormation has `PipelineObjects` for `pipelineObjects`. */
  readonly nameOf: (member: string) => string;
  /** False where no user wrote the text, so that a line and a column would lead nowhere. */
  readonly hasPlaces: boolean;
}

/** JSON with the API's own names. */
export const JSON_WORDING: Wording = { syntax: 'json', nameOf: (member) => member, hasPlaces: true };

/** `"id": "..."`, or `id: ...` in YAML. */
export function memberSnippet({ syntax, nameOf }: Wording, member: string): string {
  return syntax === 'json' ? `"${nameOf(member)}": "..."` : `${nameOf(member)}: ...`;
}

/** `{"key", "stringValue"}`, or `{key, stringValue}` in YAML. */
export function membersSnippet({ syntax, nameOf }: Wording, ...members: readonly string[]): string {
  return `{${members.map((member) => (syntax === 'json' ? `"${nameOf(member)}"` : nameOf(member))).join(', ')}}`;
}

/** An object as a file of that syntax has it. */
export function objectSnippet({ syntax }: Wording): string {
  return syntax === 'json' ? 'a JSON object {...}' : 'a mapping (name: value)';
}
