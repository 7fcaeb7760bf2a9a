import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { principalOfCall } from '../access/access-control.js';
import { Does } from './describe.js';
import { CallerView } from './key.views.js';

/** Who calls. */
@ApiTags('keys')
@Controller('v1/caller')
export class CallerController {
  @Get()
  @Access('penstock:DescribeCaller')
  @Does('getCaller', 'Who calls, by what credential, and with which rights')
  @ApiOkResponse({ type: CallerView })
  get(): CallerView {
    const { arn, name, by, credentialId, role, policies } = principalOfCall();
    return { arn, name, by, credentialId, ...(role === undefined ? {} : { role }), policies };
  }
}
