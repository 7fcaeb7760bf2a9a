import { isTerminal } from './transitions.js';
import type { WhyFacts } from './why-facts.js';
import type { Made, Reason } from './why-reasons.js';
import { timeText } from './why-words.js';

/** An operator has paused its component, and no attempt is under way, which would go on. */
export function pausedReason({ now }: WhyFacts, made: Made): Reason | undefined {
  const { componentId, pause, attempt } = made;
  if (pause === undefined || (attempt !== undefined && !isTerminal(attempt.status))) return undefined;
  return {
    code: 'paused',
    says: `does not go on: ${componentId} is paused, by ${pause.pausedBy} since ${timeText(pause.pausedAt, now)}`,
    ending: '; SetStatus RESUME lets it go on',
    facts: { paused: componentId, pausedBy: pause.pausedBy, pausedSince: pause.pausedAt },
  };
}
