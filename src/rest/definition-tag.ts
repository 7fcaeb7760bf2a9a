import { createHash } from 'node:crypto';
import type { DefinitionVersion, Pipeline, StoredDefinition } from '../store/pipeline.js';
import { fileOf } from './definition-file.js';
import type { DefinitionView } from './definition.views.js';

/** A definition version as REST shows it. */
export function definitionView(pipeline: Pipeline, stored: StoredDefinition): DefinitionView {
  return {
    pipelineId: pipeline.id,
    name: pipeline.name,
    ...versionView(pipeline, stored),
    ...(pipeline.firstActivatedAt === undefined ? {} : { firstActivationTime: pipeline.firstActivatedAt }),
    definition: fileOf(stored.definition),
  };
}

/** A VersionView, as a plain object. */
export function versionView(
  { activeVersion, latestVersion }: Pipeline,
  { definitionVersion, errored, createdAt }: DefinitionVersion,
) {
  return {
    version: definitionVersion,
    active: definitionVersion === activeVersion,
    latest: definitionVersion === latestVersion,
    errored,
    createdAt,
  };
}

/** The ETag of what is shown: an activation changes it, too, for it changes what an edit may do. */
export function etagOf(view: DefinitionView): string {
  return `"${createHash('sha256').update(JSON.stringify(view)).digest('base64url')}"`;
}

/** Whether a header names the tag, `"a", W/"b"`, or any by `*`. */
export function namesTag(
  header: string,
  etag: string,
  { weak = true }: { readonly weak?: boolean } = {},
): boolean {
  return header
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || each === etag || (weak && each === `W/${etag}`));
}
