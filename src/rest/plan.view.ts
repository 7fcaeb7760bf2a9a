import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { DefinitionProblem } from '../../model/definition/pipeline-definition.js';
import type { PlanEntry } from '../../model/instance/plan-range.js';
import type { PlannedFields } from '../../model/instance/planned-fields.js';

/** Why an instance waits for another. */
export class DependencyView {
  @ApiProperty()
  instanceId!: string;
  @ApiProperty({ enum: ['input', 'dependsOn', 'producer', 'precondition'] })
  reason!: 'input' | 'dependsOn' | 'producer' | 'precondition';
  @ApiProperty({ description: 'It is on another schedule' })
  elsewhere!: boolean;
  @ApiPropertyOptional({
    description: 'On another schedule: a condition may skip it, and what needs it with it',
  })
  skippable?: true;
}

/** An instance before anything has run. */
export class PlanEntryView implements PlanEntry {
  @ApiProperty({ example: '@CopyLogs_2030-01-01T00:00:00' })
  id!: string;
  @ApiProperty()
  objectId!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  type!: string;
  @ApiProperty({ enum: ['activity', 'dataNode', 'resource', 'precondition'] })
  kind!: PlanEntry['kind'];
  @ApiPropertyOptional({ description: 'Preconditions: the instance that they are checked for' })
  node?: string;
  @ApiProperty({ description: 'Id of the Schedule object, or ondemand' })
  scheduleId!: string;
  @ApiProperty({ format: 'date-time' })
  scheduledStartTime!: string;
  @ApiProperty({ format: 'date-time' })
  scheduledEndTime!: string;
  @ApiProperty({ format: 'date-time', description: 'When it may start at the earliest' })
  dueTime!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: {} },
    description:
      'Each field a list of texts, {"ref": id}, or {"unresolved": text, "reason": why} for what only a run knows',
  })
  fields!: PlannedFields;
  @ApiProperty({ type: [DependencyView], description: 'What must be FINISHED first' })
  dependencies!: readonly DependencyView[];
  @ApiPropertyOptional({
    description: 'It runs when this holds, once its dependencies are over; else it is SKIPPED',
    example: "failed('CopyLogs')",
  })
  condition?: string;
  @ApiProperty({ type: [String] })
  preconditions!: readonly string[];
  @ApiPropertyOptional({ description: 'Instance of the resource that it runs on' })
  resource?: string;
  @ApiProperty({ enum: ['control', 'workerGroup', 'resource', 'nobody'] })
  worker!: PlanEntry['worker'];
  @ApiProperty({ example: 'wg:local' })
  taskQueue!: string;
  @ApiProperty({ type: [String], description: 'Ids of actions' })
  onSuccess!: readonly string[];
  @ApiProperty({ type: [String] })
  onFail!: readonly string[];
  @ApiProperty({ type: [String] })
  onLateAction!: readonly string[];
}

/** What is doubtful in a definition. */
export class ProblemView implements DefinitionProblem {
  @ApiProperty({ enum: ['fatal', 'error', 'warning'] })
  severity!: DefinitionProblem['severity'];
  @ApiPropertyOptional()
  objectId?: string;
  @ApiPropertyOptional()
  field?: string;
  @ApiProperty()
  message!: string;
}

/** Answer of POST /v1/validate. */
export class ValidationView {
  @ApiProperty({ description: 'Objects that could be read' })
  objects!: number;
  @ApiProperty({ description: 'Problems that keep the definition from being activated' })
  errors!: number;
  @ApiProperty()
  warnings!: number;
  @ApiProperty({ type: [ProblemView] })
  problems!: readonly ProblemView[];
  @ApiProperty({
    type: [ProblemView],
    description: 'What activating is refused for: this release cannot run it',
  })
  notYet!: readonly ProblemView[];
}

/** Answer of POST /v1/plan. */
export class PlanView {
  @ApiProperty({
    type: [PlanEntryView],
    description: 'By start of the interval; in it, what is needed comes first',
  })
  instances!: readonly PlanEntryView[];
  @ApiProperty({ description: 'There are more instances: than `limit`, or than fit into one answer' })
  truncated!: boolean;
  @ApiProperty({ type: [ProblemView] })
  warnings!: readonly ProblemView[];
  @ApiProperty({
    type: [ProblemView],
    description: 'What activating is refused for: this release cannot run it',
  })
  notYet!: readonly ProblemView[];
}
