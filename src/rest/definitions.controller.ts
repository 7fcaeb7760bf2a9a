import { Controller, Get, Headers, NotFoundException, Param, Query, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiGoneResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Access } from '../access/access.decorator.js';
import { activeDiff } from '../../model/definition/change-effects.js';
import { writeDefinitionFile } from '../../model/definition/write-definition-file.js';
import { diffDefinitions } from '../../model/definition/diff.js';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { maskSecrets } from '../../model/definition/secrets.js';
import { SealBroken } from '../../sealing/sealing.js';
import { SecretSeal } from '../pipelines/secret-seal.js';
import { PipelineStore } from '../store/pipeline-store.js';
import type { DefinitionVersion, Pipeline, StoredDefinition } from '../store/pipeline.js';
import { DefinitionView, DiffView, VersionPageView, type DefinitionFileView } from './definition.views.js';
import { cursorOf, idOf, limitOf, nextOf, versionOf } from './query.js';

const WHICH = 'latest, active or the number of a version';

/** Definitions of pipelines, to read and to compare. */
@ApiTags('definitions')
@ApiNotFoundResponse({ description: 'There is no such pipeline, or no such version of it' })
@ApiGoneResponse()
@ApiBadRequestResponse()
@Controller('v1/pipelines/:id')
export class DefinitionsController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly seal: SecretSeal,
  ) {}

  /** A definition, secrets masked. */
  @Get('definition')
  @Access('datapipeline:GetPipelineDefinition')
  @ApiQuery({ name: 'version', required: false, type: String, description: `${WHICH}; default latest` })
  @ApiOkResponse({ type: DefinitionView, headers: { ETag: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 304, description: 'If-None-Match names the ETag' })
  async definition(
    @Param('id') id: string,
    @Res({ passthrough: true }) response: ServerResponse,
    @Query('version') version: unknown = 'latest',
    @Headers('if-none-match') known?: string,
  ): Promise<DefinitionView | undefined> {
    const pipeline = await this.pipelines.get(idOf(id));
    const stored = await this.read(pipeline, versionOf('version', version));
    const view: DefinitionView = {
      pipelineId: pipeline.id,
      name: pipeline.name,
      ...versionView(pipeline, stored),
      ...(pipeline.firstActivatedAt === undefined ? {} : { firstActivationTime: pipeline.firstActivatedAt }),
      definition: fileOf(stored.definition),
    };
    const etag = `"${createHash('sha256').update(JSON.stringify(view)).digest('base64url')}"`;
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'private, no-cache');
    if (known === undefined || !namesTag(known, etag)) return view;
    response.statusCode = 304;
    return undefined;
  }

  /** Its definition versions, newest first. */
  @Get('versions')
  @Access('datapipeline:GetPipelineDefinition')
  @ApiQuery({ name: 'limit', required: false, type: Number })
  @ApiQuery({ name: 'after', required: false, type: String })
  @ApiOkResponse({ type: VersionPageView })
  async versions(
    @Param('id') id: string,
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
  ): Promise<VersionPageView> {
    const pipeline = await this.pipelines.get(idOf(id));
    const cursor = cursorOf(after).after;
    const before = cursor === undefined ? {} : { before: numberOf(cursor) };
    const { versions, marker } = await this.pipelines.listVersions(id, { limit: limitOf(limit), ...before });
    return {
      versions: versions.map((each) => versionView(pipeline, each)),
      ...nextOf(marker?.toString()),
    };
  }

  /** Two of its definitions compared, secrets too, and what the changes mean while it is active. Shows no secret. */
  @Get('diff')
  @Access('datapipeline:GetPipelineDefinition')
  @ApiQuery({ name: 'from', required: false, type: String, description: `${WHICH}; default active` })
  @ApiQuery({ name: 'to', required: false, type: String, description: `${WHICH}; default latest` })
  @ApiOkResponse({ type: DiffView })
  async diff(
    @Param('id') id: string,
    @Query('from') from: unknown = 'active',
    @Query('to') to: unknown = 'latest',
  ): Promise<DiffView> {
    const pipeline = await this.pipelines.get(idOf(id));
    const first = await this.read(pipeline, versionOf('from', from));
    const second = await this.read(pipeline, versionOf('to', to));
    const before = this.opened(first);
    const after = this.opened(second);
    const diff = diffDefinitions(before, after);
    return {
      pipelineId: pipeline.id,
      from: first.definitionVersion,
      to: second.definitionVersion,
      ...diff,
      active: activeDiff(before, after, diff),
    };
  }

  private async read(pipeline: Pipeline, version: ReturnType<typeof versionOf>): Promise<StoredDefinition> {
    const stored = await this.pipelines.readDefinition(pipeline.id, version);
    if (stored !== undefined) return stored;
    if (pipeline.latestVersion === undefined) {
      throw new NotFoundException(`Pipeline ${pipeline.id} has no definition yet`);
    }
    if (version === 'active') {
      throw new NotFoundException(
        `Pipeline ${pipeline.id} was never activated: none of its versions is active`,
      );
    }
    const { versions } = await this.pipelines.listVersions(pipeline.id, { limit: 1 });
    throw new NotFoundException(
      `Pipeline ${pipeline.id} has no definition version ${version}: its newest is ${versions[0]?.definitionVersion}`,
    );
  }

  /** With its secrets as they are: only to be compared. Those that this server cannot open are masked. */
  private opened({ pipelineId, definition }: StoredDefinition): PipelineDefinition {
    try {
      return this.seal.open(pipelineId, definition);
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      return maskSecrets(definition);
    }
  }
}

/** A VersionView, as a plain object. */
function versionView(
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

function fileOf(definition: PipelineDefinition): DefinitionFileView {
  return JSON.parse(writeDefinitionFile(maskSecrets(definition))) as DefinitionFileView;
}

function numberOf(cursor: string): number {
  const version = versionOf('after', cursor);
  return typeof version === 'number' ? version : 0;
}

/** `"a", W/"b"` or `*`. */
function namesTag(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}
