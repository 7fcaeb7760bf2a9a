import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  getSchemaPath,
  type ApiPropertyOptions,
} from '@nestjs/swagger';
import {
  EFFECTS,
  type ActiveChange,
  type ActiveDiff,
  type Effect,
} from '../../model/definition/change-effects.js';
import type { FieldValue } from '../../model/definition/component.js';
import { ProblemView } from './plan.view.js';
import type { Change, DefinitionDiff, EntryChange, ValueChange } from '../../model/definition/diff.js';

/** A definition as the AWS CLI's file has it. */
export class DefinitionFileView {
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  objects!: readonly object[];
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  parameters!: readonly object[];
  @ApiProperty({ type: 'object', additionalProperties: true })
  values!: object;
}

/** A definition version. */
export class VersionView {
  @ApiProperty({ minimum: 1 })
  version!: number;
  @ApiProperty({ description: 'It is in force' })
  active!: boolean;
  @ApiProperty({ description: 'It is the newest: what an activation puts in force' })
  latest!: boolean;
  @ApiProperty({ description: 'Stored with errors: it cannot be activated' })
  errored!: boolean;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

/** One page of versions. */
export class VersionPageView {
  @ApiProperty({ type: [VersionView], description: 'Newest first' })
  versions!: readonly VersionView[];
  @ApiPropertyOptional({ description: 'Give it as `after` to get the next page; absent on the last' })
  next?: string;
}

/** A definition version with the definition. */
export class DefinitionView extends VersionView {
  @ApiProperty()
  pipelineId!: string;
  @ApiProperty()
  name!: string;
  @ApiPropertyOptional({
    format: 'date-time',
    description: 'What FIRST_ACTIVATION_DATE_TIME stands for; absent before the first activation',
  })
  firstActivationTime?: string;
  @ApiProperty({ description: 'Secrets are masked as ********' })
  definition!: DefinitionFileView;
}

/** What became of a definition that was put. */
export class PutDefinitionView {
  @ApiProperty()
  pipelineId!: string;
  @ApiProperty({ minimum: 1, description: 'Number that it has' })
  version!: number;
  @ApiProperty({ description: 'It has errors: it cannot be activated' })
  errored!: boolean;
  @ApiProperty({ type: [ProblemView] })
  problems!: readonly ProblemView[];
}

const CHANGES: Change[] = ['added', 'removed', 'changed', 'notCompared'];
const VALUES: ApiPropertyOptions = {
  type: 'array',
  items: {
    oneOf: [{ type: 'string' }, { type: 'object', properties: { ref: { type: 'string' } } }],
  },
};

/** What changed of a field, an attribute or a value. */
export class ValueChangeView implements ValueChange {
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: CHANGES, description: 'notCompared: a secret that cannot be opened' })
  change!: Change;
  @ApiProperty({ description: 'Its texts are masked; they were compared' })
  secret!: boolean;
  @ApiPropertyOptional(VALUES)
  before?: readonly FieldValue[];
  @ApiPropertyOptional(VALUES)
  after?: readonly FieldValue[];
}

/** What changed of an object or of a parameter. */
export class EntryChangeView implements EntryChange {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: CHANGES })
  change!: Change;
  @ApiPropertyOptional({ description: 'Type of the object' })
  type?: string;
  @ApiProperty({ type: [ValueChangeView] })
  fields!: readonly ValueChangeView[];
}

/** What one change means for the pipeline when it is active. */
export class ActiveChangeView implements ActiveChange {
  @ApiProperty({ enum: ['object', 'parameter', 'value'] })
  kind!: ActiveChange['kind'];
  @ApiProperty()
  id!: string;
  @ApiPropertyOptional()
  field?: string;
  @ApiProperty({ enum: CHANGES })
  change!: Change;
  @ApiProperty()
  allowed!: boolean;
  @ApiProperty({ type: [String], description: 'Why it is refused' })
  refusals!: readonly string[];
  @ApiProperty({
    isArray: true,
    enum: Object.keys(EFFECTS),
    description: Object.entries(EFFECTS)
      .map(([effect, text]) => `${effect}: ${text}`)
      .join(' '),
  })
  effects!: readonly Effect[];
}

/** What the changes mean for the pipeline when it is active. */
export class ActiveDiffView implements ActiveDiff {
  @ApiProperty({ description: 'False when the pipeline cannot be activated with the second' })
  allowed!: boolean;
  @ApiProperty({ type: [ActiveChangeView] })
  changes!: readonly ActiveChangeView[];
}

/** Two versions compared. */
@ApiExtraModels(ValueChangeView)
export class DiffView implements DefinitionDiff {
  @ApiProperty()
  pipelineId!: string;
  @ApiProperty({ description: 'Number of the first' })
  from!: number;
  @ApiProperty({ description: 'Number of the second' })
  to!: number;
  @ApiProperty({ description: 'Nothing changed, as far as could be compared' })
  same!: boolean;
  @ApiProperty({ type: [EntryChangeView] })
  objects!: readonly EntryChangeView[];
  @ApiProperty({ type: [EntryChangeView] })
  parameters!: readonly EntryChangeView[];
  @ApiProperty({ type: 'array', items: { $ref: getSchemaPath(ValueChangeView) } })
  values!: readonly ValueChangeView[];
  @ApiProperty()
  active!: ActiveDiffView;
}
