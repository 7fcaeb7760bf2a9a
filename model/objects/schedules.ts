import { PARENT } from './common-fields.js';
import { choice, dateTime, int, period, type ObjectType } from './object-type.js';

/** When instances are made. Source: objects.yaml, category schedule. */
export const SCHEDULES = {
  Schedule: {
    category: 'schedule',
    summary: 'When instances are created: start, period, end or count.',
    runtimeFields: 'definition_only',
    fields: {
      ...PARENT,
      period: period('Interval length "N unit"; 15 minutes to 3 years; also literal ONDEMAND_PERIOD.', {
        use: 'required',
      }),
      startAt: choice(
        ['FIRST_ACTIVATION_DATE_TIME', 'ONDEMAND_ACTIVATION_TIME'],
        'Start relative to activation; FIRST_ACTIVATION_DATE_TIME is deprecated in favour of ondemand, ONDEMAND_ACTIVATION_TIME only in an example.',
        { use: 'oneOf', group: ['startAt', 'startDateTime'] },
      ),
      startDateTime: dateTime(
        'Absolute UTC start; exclusive with startAt. Must be a literal, not an expression.',
        { use: 'oneOf', group: ['startAt', 'startDateTime'] },
      ),
      endDateTime: dateTime('UTC end, later than the start; exclusive with occurrences.', {
        defaultNote: 'runs until shut down',
        defaultSource: 'docs',
      }),
      occurrences: int('Number of runs; exclusive with endDateTime.'),
      maxActiveInstances: int('Seen in an AWS sample; effect on a Schedule unknown.', {
        notInTable: true,
        source: 'AWS sample',
      }),
    },
  },
} as const satisfies Record<string, ObjectType>;
