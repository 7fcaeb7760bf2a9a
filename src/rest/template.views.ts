import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  templateParameters,
  typesNotYetRun,
  type Template,
  type TemplateParameter,
} from '../../model/definition/fill-template.js';
import { TEMPLATE_SCHEDULES, type TemplateSchedule } from '../../model/definition/templates.js';
import { fileOf } from './definition-file.js';
import { DefinitionFileView } from './definition.views.js';

/** A template without its definition. */
export class TemplateSummaryView {
  @ApiProperty({ example: 'run-aws-cli-command' })
  id!: string;
  @ApiProperty({ example: 'Run AWS CLI command' })
  title!: string;
  @ApiProperty({ example: 'Runs a command of the AWS CLI.' })
  summary!: string;
  @ApiProperty({
    enum: TEMPLATE_SCHEDULES,
    isArray: true,
    description: 'What its scheduleType may be; the first is what it has',
  })
  schedules!: readonly TemplateSchedule[];
  @ApiProperty({
    type: [String],
    description: 'Types of its objects that this version only validates: it cannot be activated',
  })
  notYet!: readonly string[];
}

/** All templates. */
export class TemplateListView {
  @ApiProperty({ type: [TemplateSummaryView] })
  templates!: readonly TemplateSummaryView[];
}

/** A parameter of a template. */
export class TemplateParameterView implements TemplateParameter {
  @ApiProperty({ example: 'myAWSCLICmd' })
  id!: string;
  @ApiProperty({ example: 'String' })
  type!: string;
  @ApiProperty({ example: 'AWS CLI command' })
  description!: string;
  @ApiProperty({ description: 'Neither optional nor with a default' })
  required!: boolean;
  @ApiProperty()
  isArray!: boolean;
  @ApiProperty({ type: [String], example: [] })
  allowedValues!: readonly string[];
  @ApiPropertyOptional({ example: 's3://logs/' })
  default?: string;
  @ApiPropertyOptional({ example: 'aws s3 ls', description: 'A value such as it may have' })
  example?: string;
  @ApiPropertyOptional({ example: 'A command of the AWS CLI, with its options' })
  helpText?: string;
}

/** A template with its definition, to be put after values were given to its parameters. */
export class TemplateView extends TemplateSummaryView {
  @ApiProperty({ type: [TemplateParameterView] })
  parameters!: readonly TemplateParameterView[];
  @ApiProperty({ type: DefinitionFileView })
  definition!: DefinitionFileView;
}

/** The view of a template in a list. */
export function templateSummary(template: Template) {
  const { id, title, summary, schedules } = template;
  return { id, title, summary, schedules, notYet: typesNotYetRun(template) };
}

/** The view of one template. */
export function templateView(template: Template): TemplateView {
  return {
    ...templateSummary(template),
    parameters: templateParameters(template),
    definition: fileOf(template.definition),
  };
}
