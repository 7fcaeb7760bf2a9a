/** Ids of instances and attempts as AWS writes them, and ids of the workflows that run them. Source: semantics.md 5. */

/** `YYYY-MM-DDTHH:MM:SS`, AWS's form of an instant (UTC). */
export function awsTime(instant: Date): string {
  return instant.toISOString().slice(0, 19);
}

/** `YYYY-MM-DDTHH:MM:SSZ`: the same with its zone, for ids of workflows and payloads. */
export function isoTime(instant: Date): string {
  return `${awsTime(instant)}Z`;
}

/** Instance of an activity, data node or resource. */
export function instanceIdOf(componentId: string, scheduledStart: Date): string {
  return `@${componentId}_${awsTime(scheduledStart)}`;
}

/**
 * Instance of a precondition or action: one per object that uses it.
 * AWS's form is undocumented; ours is the one that semantics.md 5 proposes.
 */
export function nodeInstanceIdOf(componentId: string, nodeId: string, scheduledStart: Date): string {
  return `@${componentId}_${nodeId}_${awsTime(scheduledStart)}`;
}

export function attemptIdOf(instanceId: string, attempt: number): string {
  return `${instanceId}_Attempt=${attempt}`;
}

/** Schedule id of the interval runs of an `ondemand` pipeline, which has no Schedule object. */
export const ONDEMAND_SCHEDULE = 'ondemand';
