import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadRequestException, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { Keys } from '../access/keys.js';
import { AccessStore } from '../store/access-store.js';
import {
  DEFAULT_GRACE_SECONDS,
  KeyListView,
  KeyView,
  keyView,
  MadeKeyView,
  madeKeyView,
  NewKeyInput,
  RotateKeyInput,
} from './key.views.js';
import { Does, Paged } from './describe.js';
import { cursorOf, limitOf, nextOf } from './query.js';
import { bodyOf } from './request-body.js';

const KEY_ID = {
  name: 'keyId',
  type: String,
  description: 'The access key id, or the id of the token',
  example: 'PSKABCDEFGHIJKLMNOPQ',
};

/** Access keys and API tokens. */
@ApiTags('keys')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: Keys,
    private readonly store: AccessStore,
  ) {}

  @Post()
  @Access('penstock:CreateKey')
  @Does('createKey', 'Makes a key; its secret is shown this once')
  @ApiBody({ type: NewKeyInput })
  @ApiCreatedResponse({
    type: MadeKeyView,
    headers: { Location: { description: 'Its path', schema: { type: 'string' } } },
  })
  @ApiBadRequestResponse({ description: 'Everything that is wrong with it' })
  @ApiConflictResponse({ description: 'The name is taken' })
  async create(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<MadeKeyView> {
    const input = await inputOf(request);
    const { name, kind = 'access-key', role, policies = [], workerGroups, expiresAt, temporary } = input;
    const now = new Date();
    const made = await this.keys.create(
      {
        name,
        kind,
        policies,
        isTemporary: temporary === true,
        ...(role === undefined ? {} : { role }),
        ...(workerGroups === undefined ? {} : { workerGroups }),
        ...(expiresAt === undefined ? {} : { expiresAt: instantOf(expiresAt) }),
      },
      now,
    );
    response.setHeader('Location', `/v1/keys/${made.key.id}`);
    return madeKeyView(made, now);
  }

  @Get()
  @Access('penstock:ListKeys')
  @Does('listKeys', 'All keys, newest first, without secrets')
  @Paged()
  @ApiQuery({ name: 'name', required: false, type: String, description: 'Only of this name' })
  @ApiOkResponse({ type: KeyListView })
  @ApiBadRequestResponse()
  async list(
    @Query('limit') limit?: unknown,
    @Query('after') after?: unknown,
    @Query('name') name?: unknown,
  ): Promise<KeyListView> {
    const now = new Date();
    const page = await this.store.list({
      limit: limitOf(limit),
      ...cursorOf('keys', after),
      ...nameOf(name),
    });
    return {
      keys: page.keys.map((key) => keyView(key, now)),
      ...nextOf('keys', page.marker),
    };
  }

  @Get(':keyId')
  @Access('penstock:DescribeKey')
  @Does('getKey', 'One key, without its secret')
  @ApiParam(KEY_ID)
  @ApiOkResponse({ type: KeyView })
  @ApiNotFoundResponse()
  async get(@Param('keyId') keyId: string): Promise<KeyView> {
    return keyView(await this.keys.get(keyId), new Date());
  }

  @Post(':keyId/rotate')
  @Access('penstock:RotateKey')
  @Does(
    'rotateKey',
    'Makes a key in the place of another, with the same rights; the other is valid a while yet',
  )
  @ApiParam(KEY_ID)
  @ApiBody({ type: RotateKeyInput })
  @ApiCreatedResponse({ type: MadeKeyView })
  @ApiBadRequestResponse()
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It is temporary, not valid any more, or was rotated already' })
  async rotate(@Param('keyId') keyId: string, @Req() request: IncomingMessage): Promise<MadeKeyView> {
    const { graceSeconds = DEFAULT_GRACE_SECONDS } = await bodyOf(request, RotateKeyInput);
    const now = new Date();
    return madeKeyView(await this.keys.rotate(keyId, graceSeconds, now), now);
  }

  @Post(':keyId/revoke')
  @HttpCode(200)
  @Access('penstock:RevokeKey')
  @Does('revokeKey', 'Refuses a key, from the next call on, at every API')
  @ApiParam(KEY_ID)
  @ApiOkResponse({ type: KeyView })
  @ApiNotFoundResponse()
  async revoke(@Param('keyId') keyId: string): Promise<KeyView> {
    const now = new Date();
    return keyView(await this.keys.revoke(keyId, now), now);
  }
}

/** Policies stay as they came: making a DTO of them would drop members such as `constructor`. */
async function inputOf(request: IncomingMessage): Promise<NewKeyInput> {
  let policies: unknown;
  const input = await bodyOf(request, NewKeyInput, (body: Readonly<Record<string, unknown>>) => {
    policies = body['policies'];
    const isFit =
      Array.isArray(policies) && policies.every((each) => typeof each === 'object' && each !== null);
    return isFit ? { ...body, policies: [] } : body;
  });
  return policies === undefined ? input : Object.assign(input, { policies });
}

function instantOf(text: string): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw new BadRequestException(`expiresAt "${text}" is no instant: expected such as 2030-01-01T00:00:00Z`);
}

function nameOf(value: unknown): { readonly name?: string } {
  if (value === undefined) return {};
  if (typeof value === 'string' && !value.includes('\0')) return { name: value };
  throw new BadRequestException(`name ${JSON.stringify(value)?.slice(0, 200)}: expected one name`);
}
