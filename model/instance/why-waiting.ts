import { STATUS, type Status } from './status.js';
import type { Made, Reason } from './why-reasons.js';
import type { FactValue, NeedFacts, WhyFacts } from './why-facts.js';
import { counted, timeText } from './why-words.js';

/** What it needs and has not got. Its preconditions are looked at when nothing else is missing, as the engine does. */
export function dependencyReason(facts: WhyFacts, made: Made): Reason | undefined {
  const lease = leaseReason(facts, made);
  const also = lease === undefined ? {} : { also: [lease] };
  const others = made.needs.filter((need) => !need.precondition);
  const [check] = made.needs;
  if (others.length === 0) {
    if (check === undefined) return undefined;
    const all = made.needs.flatMap(({ shown }) => shown);
    const more = made.needs.length > 1 ? ` (and ${made.needs.length - 1} more)` : '';
    return {
      code: 'precondition',
      says: `waits for ${more === '' ? 'its precondition' : `its preconditions${more}, first`} ${check.componentId}`,
      goesOn: true,
      ...endingOf(facts, made, all, undefined),
      facts: { preconditions: all },
      because: all,
      ...also,
    };
  }
  const shown = others.flatMap((need) => need.shown);
  const unmet = others.reduce((sum, need) => sum + need.unmet, 0);
  const condition = made.plan?.condition?.text;
  const facts_: Record<string, FactValue> = {
    waitsFor: shown,
    unmet,
    needs: others.reduce((sum, need) => sum + need.total, 0),
    ...(condition === undefined ? {} : { condition }),
  };
  return {
    code: 'dependency',
    says: `waits for ${namesOf(others, unmet)}`,
    goesOn: true,
    ...endingOf(facts, made, shown, condition),
    facts: facts_,
    ...(made.origin === undefined
      ? { because: shown }
      : { because: [...shown, made.origin.instanceId], between: made.origin.between }),
    leftOut: unmet - shown.length,
    ...also,
  };
}

/** `@A_…`, `1 of 7 instances of Archived: @Archived_…`, `4 instances (3 of 7 of Archived, 1 of Load), first @Archived_…`. */
function namesOf(needs: readonly NeedFacts[], unmet: number): string {
  const [first] = needs;
  const name = first?.shown[0] ?? '';
  if (needs.length > NAMED && needs.every(({ total }) => total === 1)) {
    return `${counted(unmet, 'instance')}, first ${name}`;
  }
  if (needs.length > 1) {
    const parts = needs
      .slice(0, NAMED)
      .map((need) => `${need.unmet}${need.total > 1 ? ` of ${need.total}` : ''} of ${need.componentId}`);
    const more = needs.length > NAMED ? ' and others' : '';
    return `${counted(unmet, 'instance')} (${parts.join(', ')}${more}), first ${name}`;
  }
  if (first === undefined || first.total === 1) return name;
  const of = `${first.unmet} of ${first.total} instances of ${first.componentId}`;
  return first.unmet === 1 ? `${of}: ${name}` : `${of}, first ${name}`;
}

/** Components whose numbers a sentence tells. */
const NAMED = 3;

/** What becomes of it when a dependency has ended as nothing that it can do with. */
function endingOf(
  facts: WhyFacts,
  { componentId, plan }: Made,
  shown: readonly string[],
  condition: string | undefined,
): Pick<Reason, 'ending'> {
  if (condition !== undefined) return { ending: `; then it decides its condition ${condition}` };
  const [first] = shown;
  const status = first === undefined ? undefined : facts.instances.get(first)?.row?.status;
  if (first === undefined || status === undefined || !keepsForEver(status, plan?.settings.cascade === true))
    return {};
  const why = status === 'SKIPPED' ? '' : `since failureAndRerunMode of ${componentId} is not cascade, `;
  return { ending: `; ${why}it waits for ever: rerun ${first} or mark it finished` };
}

function keepsForEver(status: Status, cascade: boolean): boolean {
  const { terminal, satisfies, cascades } = STATUS[status];
  return terminal && !satisfies && !(cascades && cascade);
}

/** maxActiveInstances: others are active. */
export function leaseReason({ now }: WhyFacts, { componentId, lease }: Made): Reason | undefined {
  if (lease === undefined) return undefined;
  const [holder] = lease.holders;
  const place = lease.ahead === 0 ? 'next in line' : `behind ${counted(lease.ahead, 'other')}`;
  const held =
    holder === undefined
      ? ', which is about to be given'
      : `, held by ${lease.holdersTotal > 1 ? `${lease.holdersTotal} instances, first ` : ''}${holder.instanceId}`;
  return {
    code: 'lease',
    says: `is ${place} for maxActiveInstances ${lease.limit} of ${componentId}${held}`,
    ...(holder === undefined ? {} : { goesOn: true as const }),
    facts: {
      maxActiveInstances: lease.limit,
      ahead: lease.ahead,
      holders: lease.holders.map((each) => `${each.instanceId} since ${timeText(each.grantedAt, now)}`),
    },
    because: lease.holders.map(({ instanceId }) => instanceId),
    leftOut: lease.holdersTotal - lease.holders.length,
  };
}

/** A resource is made at the start of its interval and launched when the first activity on it is ready. */
export function unusedReason({ row, users = [] }: Made): Reason | undefined {
  if (row.kind !== 'resource') return undefined;
  const [user] = users;
  return {
    code: 'unused',
    says: `is launched when an activity that runs on it is ready${user === undefined ? '' : `; first ${user}`}`,
    ...(user === undefined ? {} : { goesOn: true as const }),
    facts: { users },
    because: users,
  };
}
