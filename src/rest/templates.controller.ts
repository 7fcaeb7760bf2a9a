import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
// It reads files of the package and knows nothing of the command.
import { readTemplates } from '../../cli/template-files.js';
import type { Template } from '../../model/definition/fill-template.js';
import { didYouMean } from '../../model/expression/suggest.js';
import { Access } from '../access/access.decorator.js';
import { Does } from './describe.js';
import { TemplateListView, templateSummary, TemplateView, templateView } from './template.views.js';

/** AWS's templates as definition files. */
@ApiTags('templates')
@Controller('v1/templates')
export class TemplatesController {
  #templates: Promise<Template[]> | undefined;

  @Get()
  @Access('penstock:ListTemplates')
  @Does('listTemplates', 'All templates')
  @ApiOkResponse({ type: TemplateListView })
  async list(): Promise<TemplateListView> {
    return { templates: (await this.read()).map(templateSummary) };
  }

  @Get(':templateId')
  @Access('penstock:ListTemplates')
  @Does('getTemplate', 'One template, with its parameters and its definition')
  @ApiParam({ name: 'templateId', type: String, example: 'run-aws-cli-command' })
  @ApiOkResponse({ type: TemplateView })
  async get(@Param('templateId') id: string): Promise<TemplateView> {
    const templates = await this.read();
    const found = templates.find((each) => each.id === id);
    if (found !== undefined) return templateView(found);
    const hint = didYouMean(
      id,
      templates.map((each) => each.id),
    );
    throw new NotFoundException(`There is no template ${JSON.stringify(id.slice(0, 100))}${hint}`);
  }

  private read(): Promise<Template[]> {
    return (this.#templates ??= readTemplates());
  }
}
