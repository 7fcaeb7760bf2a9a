import { DEACTIVATED } from './interval-run.js';
import type { Made, Reason } from './why-reasons.js';
import type { FactValue, WhyFacts } from './why-facts.js';
import { counted, errorText, short, timeText } from './why-words.js';

/** How an instance ended, and what of. */
export function endedReason(facts: WhyFacts, made: Made): Reason {
  const { row } = made;
  const endedAt = row.actualEnd ?? row.changedAt;
  const at = timeText(endedAt, facts.now);
  const common: Record<string, FactValue> = { endedAt, ...onHost(made) };
  switch (row.status) {
    case 'FINISHED': {
      const marked = made.attempt !== undefined && made.attempt.status !== 'FINISHED';
      const where = row.hostname === undefined || marked ? '' : ` on ${row.hostname}`;
      const how = marked ? ': it was marked so, its last attempt did not finish' : where;
      return { code: 'finished', says: `is FINISHED since ${at}${how}`, facts: common };
    }
    case 'FAILED': {
      const error = errorText(row.errorId, row.errorMessage);
      const tries = row.attemptCount === 0 ? '' : ` after ${counted(row.attemptCount, 'attempt')}`;
      return {
        code: 'failed',
        says: `failed at ${at}${tries}${error === '' ? '' : ` (${error})`}`,
        facts: { ...common, ...errorFacts(made) },
      };
    }
    case 'TIMEDOUT':
      return { code: 'timedOut', says: `is TIMEDOUT since ${at}: terminateAfter has passed`, facts: common };
    case 'CASCADE_FAILED':
      return cascadeFailed(made, at, common);
    case 'SKIPPED':
      return skipped(made, at, common);
    default:
      return canceled(facts, made, at, common);
  }
}

function cascadeFailed({ row }: Made, at: string, facts: Record<string, FactValue>): Reason {
  const chain = row.cascadeFailedOn;
  const [origin] = chain;
  if (origin === undefined) return { code: 'cascadeFailed', says: `is CASCADE_FAILED since ${at}`, facts };
  const between = chain.slice(1).toReversed();
  const by = between.length === 0 ? '' : `, by way of ${between.slice(0, 3).join(', ')}`;
  const more = between.length > 3 ? ` and ${between.length - 3} more` : '';
  return {
    code: 'cascadeFailed',
    says: `is CASCADE_FAILED since ${at}${by}${more}, because of ${origin}`,
    goesOn: true,
    ending: `; rerun ${origin}: with failureAndRerunMode cascade what failed with it follows`,
    facts: { ...facts, cascadeFailedOn: chain },
    because: [origin],
  };
}

function skipped({ row }: Made, at: string, facts: Record<string, FactValue>): Reason {
  const reason = row.cancellationReason;
  const why =
    reason === undefined
      ? ': an activation went on at a later time (startTimestamp)'
      : ` at ${at}: ${short(reason)}`;
  return {
    code: 'skipped',
    says: `was skipped${why}`,
    facts: reason === undefined ? facts : { ...facts, reason },
  };
}

function canceled(facts: WhyFacts, made: Made, at: string, common: Record<string, FactValue>): Reason {
  const { row, plan } = made;
  const reason = row.cancellationReason;
  const known = reason === undefined ? common : { ...common, reason };
  const resource = plan?.resourceInstanceId;
  const resourceStatus = resource === undefined ? undefined : facts.instances.get(resource)?.row?.status;
  if (resource !== undefined && resourceStatus !== undefined && reason?.includes(resource)) {
    return {
      code: 'canceled',
      says: `was canceled at ${at} because of its resource ${resource}`,
      goesOn: true,
      facts: known,
      because: [resource],
    };
  }
  // What else ended it is named by the reason that the run wrote down.
  const node = plan?.node?.instanceId;
  return {
    code: 'canceled',
    says: `was canceled at ${at}${reason === undefined ? '' : `: ${short(reason)}`}`,
    ...(reason === DEACTIVATED && facts.pipeline.state !== 'SCHEDULED'
      ? { ending: '; the next activation takes it up again' }
      : {}),
    facts: known,
    ...(node !== undefined && reason?.includes(node) ? { because: [node] } : {}),
  };
}

function onHost({ row }: Made): Record<string, FactValue> {
  return row.hostname === undefined ? {} : { hostname: row.hostname };
}

/** What an attempt left behind. */
export function errorFacts({ row }: Made): Record<string, FactValue> {
  return {
    ...(row.errorId === undefined ? {} : { errorId: row.errorId }),
    ...(row.errorMessage === undefined ? {} : { errorMessage: row.errorMessage }),
  };
}
