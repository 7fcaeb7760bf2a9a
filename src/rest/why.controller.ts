import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { explain } from '../../model/instance/why.js';
import { WhyFactsReader } from '../objects/why-facts.js';
import { Does, INSTANCE_ID, InPipeline } from './describe.js';
import { idOf, objectIdOf } from './query.js';
import { WhyPartView, WhyView } from './why.view.js';

/** Why an instance is where it is. */
@ApiTags('instances')
@ApiExtraModels(WhyPartView)
@Controller('v1/pipelines/:id/instances/:instanceId')
export class WhyController {
  constructor(private readonly facts: WhyFactsReader) {}

  @Get('why')
  @Access('penstock:ExplainInstance')
  @Does(
    'explainInstance',
    'What an instance waits for, or what came of it',
    "One sentence, the facts, and the same of each instance that it waits for. Also of one that was not made yet. An attempt's id stands for its instance.",
  )
  @InPipeline(INSTANCE_ID)
  @ApiOkResponse({ type: WhyView })
  async why(@Param('id') id: string, @Param('instanceId') instanceId: string): Promise<WhyView> {
    // The store would refuse the text itself.
    const facts =
      objectIdOf(instanceId) === undefined
        ? undefined
        : await this.facts.read(idOf(id), instanceId.replace(/_Attempt=\d+$/, ''));
    if (facts !== undefined) return { at: facts.now.toISOString(), ...explain(facts) };
    throw new NotFoundException(
      `"${instanceId.slice(0, 300)}" can be no instance of pipeline ${id}: expected @<object>_<YYYY-MM-DDTHH:MM:SS>, of an ` +
        `activity, data node or resource of its definition, or @<precondition>_<object>_<YYYY-MM-DDTHH:MM:SS>`,
    );
  }
}
