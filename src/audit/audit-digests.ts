import { Injectable } from '@nestjs/common';
import type { AuditDigest } from '../../model/audit/audit-record.js';
import { canonicalJson } from '../../model/audit/canonical-json.js';
import { maskSecrets } from '../../model/definition/secrets.js';
import { PipelineDeleted, PipelineNotFound } from '../../model/errors.js';
import { AccessStore } from '../store/access-store.js';
import { sha256 } from '../store/audit-store.js';
import { PauseStore } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';

/** What an action changes of a pipeline, or of a key; actions that are not here change nothing that is digested. */
const CHANGED: Readonly<Record<string, 'latest' | 'active' | 'tags' | 'pauses' | 'key'>> = {
  'datapipeline:PutPipelineDefinition': 'latest',
  'datapipeline:ActivatePipeline': 'active',
  'datapipeline:DeactivatePipeline': 'active',
  'datapipeline:DeletePipeline': 'latest',
  'datapipeline:AddTags': 'tags',
  'datapipeline:RemoveTags': 'tags',
  'datapipeline:SetStatus': 'pauses',
  'penstock:CreateKey': 'key',
  'penstock:RotateKey': 'key',
  'penstock:RevokeKey': 'key',
};
/** Digests of definition versions that are kept, as versions never change: what was read after a call is read before the next. */
const MOST_KEPT = 1000;

/** Digests of what calls change, before and after them. */
@Injectable()
export class AuditDigests {
  readonly #kept = new Map<string, string>();

  constructor(
    private readonly pipelines: PipelineStore,
    private readonly pauses: PauseStore,
    private readonly keys: AccessStore,
  ) {}

  /** What the action changes, as it is now; undefined when it changes nothing of the kind, or there is nothing. */
  async of(
    action: string,
    {
      pipelineId,
      objectIds = [],
    }: { readonly pipelineId: string | undefined; readonly objectIds: readonly string[] | undefined },
  ): Promise<AuditDigest | undefined> {
    const what = CHANGED[action];
    if (what === 'key') return this.#ofKey(objectIds[0]);
    if (what === undefined || pipelineId === undefined) return undefined;
    try {
      if (what === 'pauses') {
        const paused = (await this.pauses.of(pipelineId)).map(({ componentId }) => componentId);
        return { of: 'pauses', sha256: sha256(canonicalJson(paused)) };
      }
      const { tags, latestVersion, activeVersion } = await this.pipelines.get(pipelineId);
      if (what === 'tags') {
        const sorted = tags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
        return { of: 'tags', sha256: sha256(canonicalJson(sorted)) };
      }
      const version = what === 'latest' ? latestVersion : activeVersion;
      return version === undefined ? undefined : await this.#ofDefinition(pipelineId, version);
    } catch (error) {
      if (error instanceof PipelineNotFound || error instanceof PipelineDeleted) return undefined;
      throw error;
    }
  }

  /** What a key may do and how long; not when it was last used, which is no change of it. */
  async #ofKey(id: string | undefined): Promise<AuditDigest | undefined> {
    const key = id === undefined ? undefined : await this.keys.get(id);
    if (key === undefined) return undefined;
    const { lastUsedAt: _, ...facts } = key;
    return { of: 'key', sha256: sha256(canonicalJson(facts)) };
  }

  async #ofDefinition(pipelineId: string, version: number): Promise<AuditDigest | undefined> {
    const key = `${pipelineId}@${version}`;
    let digest = this.#kept.get(key);
    if (digest === undefined) {
      const stored = await this.pipelines.readDefinition(pipelineId, version);
      if (stored === undefined) return undefined;
      digest = sha256(canonicalJson(maskSecrets(stored.definition)));
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined && this.#kept.size >= MOST_KEPT) this.#kept.delete(oldest);
      this.#kept.set(key, digest);
    }
    return { of: 'definition', version, sha256: digest };
  }
}
