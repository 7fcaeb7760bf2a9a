import { PARENT } from './common-fields.js';
import { choice, text, type ObjectType } from './object-type.js';

/** Types that are run when something happens to an object. Source: objects.yaml, category action; the extensions are ours. */
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
  EmailAlarm: {
    category: 'action',
    summary:
      'Sends one e-mail when the event that references it fires, through the mail server of the operator.',
    runtimeFields: 'action',
    extension: true,
    fields: {
      ...PARENT,
      to: text('Address, one a value: name@example.org or Name <name@example.org>.', {
        use: 'required',
        list: true,
      }),
      cc: text('Address of a copy.', { list: true }),
      bcc: text('Address of a copy that the others do not see.', { list: true }),
      from: text('Address of the sender.', { defaultNote: 'PENSTOCK_MAIL_FROM of the server' }),
      subject: text('Subject line.', { use: 'required' }),
      message: text('Body of the e-mail, as plain text.', { use: 'required' }),
    },
  },
  WebhookAlarm: {
    category: 'action',
    summary: 'Makes one HTTP request when the event that references it fires.',
    runtimeFields: 'action',
    extension: true,
    fields: {
      ...PARENT,
      url: text('Where to: http:// or https://.', { use: 'oneOf', group: ['url', '*url'] }),
      '*url': text('The same, where the URL itself is the secret.', {
        use: 'oneOf',
        group: ['url', '*url'],
      }),
      method: choice(['POST', 'PUT'], 'HTTP method.', { default: 'POST', caseInsensitive: true }),
      message: text('Body of the request.', {
        defaultNote: 'a JSON document about the pipeline, the object, its status and its error',
      }),
      contentType: text('Content type of the body.', { default: 'application/json' }),
      header: text('Header of the request, `Name: value`.', { list: true }),
      '*header': text('The same for a secret, such as `Authorization: Bearer …`.', { list: true }),
      '*signingSecret': text(
        'Signs the body: header X-Penstock-Signature-256 is then sha256= and the HMAC-SHA256 in hexadecimal digits.',
      ),
    },
  },
} as const satisfies Record<string, ObjectType>;
