import {
  httpUrlProblem,
  isContentType,
  isCredentialHeader,
  isReservedHeader,
  parseHeader,
} from './http-fields.js';
import type { Inspection, KnownField } from './inspection.js';
import { parseMailAddress } from './mail-address.js';
import { quote } from './problem.js';
import { isSecretName, SECRET_MASK } from './secrets.js';

/** What is wrong with a value and what was expected, or undefined. */
type Check = (value: string) => string | undefined;

const CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  EmailAlarm: { to: checkAddress, cc: checkAddress, bcc: checkAddress, from: checkAddress },
  WebhookAlarm: {
    url: httpUrlProblem,
    '*url': checkSecretUrl,
    contentType: (value) =>
      isContentType(value) ? undefined : 'is not a content type: expected for example "application/json"',
    header: checkHeader,
    '*header': checkHeader,
  },
};

/** Addresses, URLs and headers of the alarms that Penstock adds, as far as they are known before a run. */
export function checkAlarms(inspection: Inspection): void {
  for (const component of inspection.components.values()) {
    const checks =
      component.type === 'EmailAlarm' || component.type === 'WebhookAlarm'
        ? CHECKS[component.type]
        : undefined;
    if (checks === undefined) continue;
    for (const field of inspection.knownFields(component)) {
      for (const value of field.values) {
        if (typeof value !== 'string') continue; // check-values.ts
        if (field.name === 'header') warnOfCredential(inspection, field, value);
        for (const evaluated of inspection.evaluate(value, component.id) ?? []) {
          if (isSecretName(field.name) && isElsewhere(evaluated)) {
            checkReference(inspection, field, evaluated);
            continue;
          }
          const problem = checks[field.name]?.(evaluated);
          if (problem === undefined) continue;
          const shown = inspection.shown(value, field.name, evaluated);
          const text = `INVALID_FIELD_VALUE:  '${field.name}' value ${shown} ${problem}.`;
          inspection.error(field.owner, field.name, text);
        }
      }
    }
  }
}

function checkAddress(value: string): string | undefined {
  if (parseMailAddress(value) !== undefined) return undefined;
  const several = /[,;]/.test(value) ? ', one address a value' : '';
  return `is not a mail address: expected name@example.org or Name <name@example.org>${several}`;
}

function checkSecretUrl(value: string): string | undefined {
  const problem = httpUrlProblem(value);
  return problem?.startsWith('holds') === true ? undefined : problem; // there they are kept secret
}

function checkHeader(value: string): string | undefined {
  const header = parseHeader(value);
  if (header === undefined) return 'is not a header: expected "Name: value", in one line';
  return isReservedHeader(header.name) ? `sets ${quote(header.name)}, which Penstock sets itself` : undefined;
}

function warnOfCredential(inspection: Inspection, field: KnownField, value: string): void {
  const name = /^\s*([\w-]+)\s*:/.exec(value)?.[1] ?? '';
  if (!isCredentialHeader(name)) return;
  const text = `INVALID_FIELD_VALUE:  'header' sets ${quote(name)}, and everybody who may see the definition can read it. Expected '*header', which is kept secret.`;
  inspection.warn(field.owner, 'header', text);
}

/** A secret that stands elsewhere, or whose place the mask holds. */
function isElsewhere(value: string): boolean {
  return value === SECRET_MASK || /^(env|file|aws-secretsmanager):./.test(value);
}

/** Alarms are sent by the control worker, whose files and variables are not those of the pipelines. */
function checkReference(inspection: Inspection, field: KnownField, value: string): void {
  const problem = alarmSecretProblem(value);
  if (problem === undefined) return;
  const text = `INVALID_FIELD_VALUE:  '${field.name}' value ${quote(value, field.name)} ${problem}.`;
  inspection.error(field.owner, field.name, text);
}

/** Beginning of the variables that secrets of alarms may name. */
export const ALARM_VARIABLE_PREFIX = 'PENSTOCK_ALARM_';

/**
 * Why an alarm may not take its secret from there, or undefined. Our choice: the control worker has the password of the
 * store and the key of all secrets; an alarm could send them away.
 */
export function alarmSecretProblem(value: string): string | undefined {
  if (value.startsWith('file:'))
    return `names a file, and alarms read no files: expected the secret itself, env:${ALARM_VARIABLE_PREFIX}… or aws-secretsmanager:…`;
  if (value.startsWith('env:') && !value.startsWith(`env:${ALARM_VARIABLE_PREFIX}`))
    return `names a variable that alarms may not read: expected env:${ALARM_VARIABLE_PREFIX}…, a variable of the control worker`;
  return undefined;
}
