import { PARENT } from './common-fields.js';
import { text, type ObjectType } from './object-type.js';

/** Types that are run when something happens to an object. Source: objects.yaml, category action. */
export const ACTIONS = {
  SnsAlarm: {
    category: 'action',
    summary: 'Publishes one SNS message when the event that references it fires.',
    runtimeFields: 'action',
    fields: {
      ...PARENT,
      message: text('Body of the notification.', { use: 'required' }),
      role: text('IAM role used to publish.', { use: 'required' }),
      subject: text('Subject line.', { use: 'required' }),
      topicArn: text('Topic to publish to.', { use: 'required' }),
    },
  },
  Terminate: {
    category: 'action',
    summary: 'Requests cancellation of the late activity, data node or resource that references it.',
    runtimeFields: 'action',
    fields: {
      ...PARENT,
    },
  },
} as const satisfies Record<string, ObjectType>;
