import { Controller, Get, NotFoundException, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { activeDiff } from '../../model/definition/change-effects.js';
import { diffDefinitions } from '../../model/definition/diff.js';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { maskSecrets } from '../../model/definition/secrets.js';
import { SealBroken } from '../../sealing/sealing.js';
import { Access } from '../access/access.decorator.js';
import { SecretSeal } from '../pipelines/secret-seal.js';
import { DefinitionVersions } from '../store/definition-versions.js';
import { PipelineStore } from '../store/pipeline-store.js';
import type { Pipeline, StoredDefinition } from '../store/pipeline.js';
import { definitionView, etagOf, namesTag, versionView } from './definition-tag.js';
import { DefinitionView, DiffView, VersionPageView } from './definition.views.js';
import { Does, InPipeline, Paged } from './describe.js';
import { cursorOf, idOf, limitOf, nextOf, versionOf } from './query.js';

const WHICH = 'latest, active or the number of a version';
const VERSION = {
  required: false,
  schema: { type: 'string' as const, pattern: '^(latest|active|[1-9][0-9]{0,8})$' },
};

/** Definitions of pipelines, to read and to compare. */
@ApiTags('definitions')
@InPipeline()
@Controller('v1/pipelines/:id')
export class DefinitionsController {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly definitions: DefinitionVersions,
    private readonly seal: SecretSeal,
  ) {}

  @Get('definition')
  @Access('datapipeline:GetPipelineDefinition')
  @Does('getDefinition', 'A definition, secrets masked')
  @ApiQuery({ ...VERSION, name: 'version', description: `${WHICH}; default latest`, example: 'latest' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the one that is known' })
  @ApiOkResponse({
    type: DefinitionView,
    headers: { ETag: { description: 'Of this version as it is shown', schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 304, description: 'If-None-Match names the ETag' })
  async definition(
    @Param('id') id: string,
    @Res({ passthrough: true }) response: ServerResponse,
    @Req() request: IncomingMessage,
    @Query('version') version: unknown = 'latest',
  ): Promise<DefinitionView | undefined> {
    const pipeline = await this.pipelines.get(idOf(id));
    const view = definitionView(pipeline, await this.read(pipeline, versionOf('version', version)));
    const etag = etagOf(view);
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'private, no-cache');
    const known = request.headers['if-none-match'];
    if (known === undefined || !namesTag(known, etag)) return view;
    response.statusCode = 304;
    return undefined;
  }

  @Get('versions')
  @Access('datapipeline:GetPipelineDefinition')
  @Does('listVersions', 'Its definition versions, newest first')
  @Paged()
  @ApiOkResponse({ type: VersionPageView })
  async versions(
    @Param('id') id: string,
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
  ): Promise<VersionPageView> {
    const pipeline = await this.pipelines.get(idOf(id));
    const cursor = cursorOf('versions', after).after;
    const before = cursor === undefined ? {} : { before: numberOf(cursor) };
    const { versions, marker } = await this.definitions.list(id, { limit: limitOf(limit), ...before });
    return {
      versions: versions.map((each) => versionView(pipeline, each)),
      ...nextOf('versions', marker?.toString()),
    };
  }

  @Get('diff')
  @Access('datapipeline:GetPipelineDefinition')
  @Does(
    'diffDefinitions',
    'Two of its definitions compared, and what the changes mean while it is active',
    'Secrets are compared, too, and never shown.',
  )
  @ApiQuery({ ...VERSION, name: 'from', description: `${WHICH}; default active`, example: '1' })
  @ApiQuery({ ...VERSION, name: 'to', description: `${WHICH}; default latest`, example: 'latest' })
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
    const { versions } = await this.definitions.list(pipeline.id, { limit: 1 });
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

function numberOf(cursor: string): number {
  const version = versionOf('after', cursor);
  return typeof version === 'number' ? version : 0;
}
