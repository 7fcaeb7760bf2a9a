import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { BadRequestException, Controller, Get, Query, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { AUDIT_OUTCOMES } from '../../model/audit/audit-record.js';
import { Access } from '../access/access.decorator.js';
import { AuditStore, type AuditFilter } from '../store/audit-store.js';
import { AuditHeadView, AuditListView } from './audit.views.js';
import { Paged } from './describe.js';
import { instantOf } from './plan.input.js';
import { cursorOf, limitOf, nextOf } from './query.js';

/** Records of an export that are in memory at once. */
const EXPORT_PAGE = 500;

/** The audit log, to read: nobody can change it. */
@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditStore) {}

  /** Records, newest first, that fit all filters. */
  @Get()
  @Access('penstock:ReadAudit')
  @ApiOperation({ operationId: 'listAuditRecords', summary: 'Who did what, newest first' })
  @ApiQuery({
    name: 'from',
    required: false,
    type: String,
    example: '2026-11-01T00:00:00',
    description: 'UTC',
  })
  @ApiQuery({
    name: 'to',
    required: false,
    type: String,
    example: '2026-12-01',
    description: 'UTC; before it',
  })
  @ApiQuery({ name: 'actor', required: false, type: String, description: 'ARN of the principal' })
  @ApiQuery({ name: 'action', required: false, type: String, example: 'datapipeline:SetStatus' })
  @ApiQuery({ name: 'pipelineId', required: false, type: String })
  @ApiQuery({ name: 'outcome', required: false, enum: [...AUDIT_OUTCOMES] })
  @Paged()
  @ApiOkResponse({ type: AuditListView })
  @ApiBadRequestResponse()
  async list(@Query() query: Readonly<Record<string, unknown>>): Promise<AuditListView> {
    const before = numberOf('after', cursorOf('audit', query['after']).after);
    const page = { limit: limitOf(query['limit']), ...(before === undefined ? {} : { before }) };
    const { records, marker } = await this.audit.list(filterOf(query), page);
    return { records, ...nextOf('audit', marker?.toString()) };
  }

  /** The newest record's number and hash. Kept elsewhere, it proves later that nothing up to here was changed or cut off. */
  @Get('head')
  @Access('penstock:ReadAudit')
  @ApiOperation({ operationId: 'getAuditHead', summary: 'A checkpoint of the audit log' })
  @ApiOkResponse({ type: AuditHeadView })
  async head(): Promise<AuditHeadView> {
    const { sequence, hash } = await this.audit.head();
    return { sequence, hash };
  }

  /** All records, oldest first, one a line, byte for byte as they were hashed: what `penstock audit verify` takes. */
  @Get('export')
  @Access('penstock:ReadAudit')
  @ApiOperation({ operationId: 'exportAuditRecords', summary: 'The whole audit log, to keep and to verify' })
  @ApiProduces('application/jsonl')
  @ApiQuery({
    name: 'after',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Only records after this number',
  })
  @ApiOkResponse({ description: 'One record a line', schema: { type: 'string' } })
  @ApiBadRequestResponse()
  async export(@Query('after') given: unknown, @Res() response: ServerResponse): Promise<void> {
    let after = numberOf('after', given) ?? 0;
    // What is added while it is sent is not waited for.
    const { sequence: last } = await this.audit.head();
    let lines = await this.audit.lines(after, EXPORT_PAGE);
    response.writeHead(200, { 'Content-Type': 'application/jsonl' });
    while (!response.destroyed) {
      const page = lines.filter(({ sequence }) => sequence <= last);
      const text = page.map(({ line }) => `${line}\n`).join('');
      if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      const newest = page.at(-1)?.sequence;
      if (newest === undefined || newest >= last) break;
      after = newest;
      lines = await this.audit.lines(after, EXPORT_PAGE);
    }
    response.end();
  }
}

function filterOf(query: Readonly<Record<string, unknown>>): AuditFilter {
  const { outcome } = query;
  const known = AUDIT_OUTCOMES.find((each) => each === outcome);
  if (outcome !== undefined && known === undefined) {
    throw new BadRequestException(
      `outcome ${JSON.stringify(outcome)?.slice(0, 100)}: expected ${AUDIT_OUTCOMES.join(', ')}`,
    );
  }
  const [from, to] = [textOf('from', query['from']), textOf('to', query['to'])];
  const [actor, action] = [textOf('actor', query['actor']), textOf('action', query['action'])];
  const pipelineId = textOf('pipelineId', query['pipelineId']);
  return {
    ...(from === undefined ? {} : { from: instantOf('from', from).toISOString() }),
    ...(to === undefined ? {} : { to: instantOf('to', to).toISOString() }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(pipelineId === undefined ? {} : { pipelineId }),
    ...(known === undefined ? {} : { outcome: known }),
  };
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && !value.includes('\0'))) return value;
  throw new BadRequestException(`${name}: expected one value`);
}

function numberOf(name: string, value: unknown): number | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  throw new BadRequestException(
    `${name} ${JSON.stringify(value)?.slice(0, 100)}: expected the number of a record`,
  );
}
