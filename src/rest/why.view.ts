import { ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { STATUS, type Status } from '../../model/instance/status.js';
import type { FactValue, WhyReason } from '../../model/instance/why-facts.js';

/** Why one instance is where it is. */
export class WhyPartView {
  @ApiProperty({ example: '@Report_2030-01-01T00:00:00' })
  instanceId!: string;
  @ApiPropertyOptional({ enum: Object.keys(STATUS), description: 'Absent when it was not made (yet)' })
  status?: Status;
  @ApiProperty({ type: String, example: 'noRunner', description: 'What keeps it, for programs' })
  reason!: WhyReason;
  @ApiProperty({ description: 'One sentence; times are UTC' })
  sentence!: string;
  @ApiProperty({
    type: 'object',
    description: 'What the sentence rests on; instants are ISO-8601 UTC',
    additionalProperties: {
      oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'array', items: { type: 'string' } }],
    },
  })
  facts!: Readonly<Record<string, FactValue>>;
  @ApiProperty({
    type: 'array',
    items: { $ref: getSchemaPath(WhyPartView) },
    description: 'What it waits for or follows from, each with its own reason',
  })
  because!: readonly WhyPartView[];
  @ApiProperty({ description: 'How many more there are that `because` leaves out' })
  leftOut!: number;
}

/** The answer, and when it held. */
export class WhyView extends WhyPartView {
  @ApiProperty({ format: 'date-time' })
  at!: string;
}
