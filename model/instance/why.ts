import { reasonOf, type Reason } from './why-reasons.js';
import type { Why, WhyFacts } from './why-facts.js';
import { counted } from './why-words.js';

/** Steps that a sentence takes, one from another: who wants more reads `because`. */
const SENTENCE_STEPS = 3;

/** Why the instance is where it is: one sentence, the facts, and the same of everything that it waits for. */
export function explain(facts: WhyFacts): Why {
  return whyOf(facts, stepOf(facts, facts.instanceId, { path: new Set(), told: new Set() }));
}

/** An instance, its reason, and the same of what it leads to. */
interface Step {
  readonly instanceId: string;
  readonly reason: Reason;
  readonly because: readonly Step[];
  readonly leftOut: number;
}

interface Walk {
  /** The instances that led here. Dependencies have no circles; what shows one is cut. */
  readonly path: ReadonlySet<string>;
  /** What was explained already: an instance that many wait for is explained once, or there would be very many ways to it. */
  readonly told: Set<string>;
}

function stepOf(facts: WhyFacts, instanceId: string, { path, told }: Walk): Step {
  if (path.has(instanceId)) {
    const circle: Reason = { code: 'circle', says: 'waits for itself, in a circle', facts: {} };
    return { instanceId, reason: circle, because: [], leftOut: 0 };
  }
  const reason = reasonOf(facts, instanceId);
  if (told.has(instanceId)) return { instanceId, reason: again(reason), because: [], leftOut: 0 };
  told.add(instanceId);
  const onward = { path: new Set([...path, instanceId]), told };
  const ids = reason.because ?? [];
  const known = ids.filter((id) => facts.instances.has(id));
  const because = known.map((id) => stepOf(facts, id, onward));
  const leftOut = (reason.leftOut ?? 0) + ids.length - known.length;
  const own = (reason.also ?? []).map((also): Step => ({
    instanceId,
    reason: also,
    because: [],
    leftOut: 0,
  }));
  return { instanceId, reason, because: [...because, ...own], leftOut };
}

/** The reason of an instance that is explained elsewhere in the answer. */
function again({ code, subject, named, says }: Reason): Reason {
  return {
    code,
    says,
    ...(subject === undefined ? {} : { subject }),
    ...(named === undefined ? {} : { named }),
    facts: { explained: 'above' },
  };
}

function whyOf(facts: WhyFacts, step: Step): Why {
  const row = facts.instances.get(step.instanceId)?.row;
  return {
    instanceId: step.instanceId,
    ...(row === undefined ? {} : { status: row.status }),
    reason: step.reason.code,
    sentence: sentenceOf(step),
    facts: step.reason.facts,
    because: step.because.map((each) => whyOf(facts, each)),
    leftOut: step.leftOut,
  };
}

function sentenceOf(step: Step): string {
  const { subject = step.instanceId, says } = step.reason;
  return `${subject} ${says}${restOf(step, SENTENCE_STEPS)}.`;
}

/** How a sentence goes on after what it said of `step`. */
function restOf(step: Step, stepsLeft: number): string {
  const [next] = step.because;
  const { ending = '' } = step.reason;
  if (next === undefined || step.reason.goesOn !== true) return ending;
  if (stepsLeft === 0 || step.reason.between !== undefined) return `${farEnd(step)}${ending}`;
  // What only waits for its own check is left out between the two.
  const [check] = next.because;
  if (next.reason.code === 'precondition' && check !== undefined && step.reason.code !== 'precondition') {
    const { named = check.instanceId, says } = check.reason;
    const rest = restOf(check, stepsLeft - 1);
    return `, because ${named} ${says}${rest}${next.reason.ending ?? ''}${ending}`;
  }
  return `, which ${next.reason.says}${restOf(next, stepsLeft - 1)}${ending}`;
}

/** The end of a chain that is too long for a sentence: of what `step` waits for. */
function farEnd(step: Step): string {
  let [before, last] = [step, step];
  let between = -1;
  for (let next = step.because[0]; next !== undefined; between++) {
    between += last.reason.between ?? 0;
    [before, last] = [last, next];
    next = last.reason.goesOn === true ? last.because[0] : undefined;
  }
  if (between === 0) return `, which ${last.reason.says}`;
  const { named = last.instanceId, says } = last.reason;
  const ending = before === step ? '' : (before.reason.ending ?? '');
  return `, and so on over ${counted(between, 'more instance')} to ${named}, which ${says}${ending}`;
}
