/** Name of the variable that marks every process of an attempt; its value is the attempt's id. */
export const ATTEMPT_VARIABLE = 'PENSTOCK_ATTEMPT_ID';

/** The variable as it stands in the environment of a process. */
export function attemptMarker(attemptId: string): string {
  return `${ATTEMPT_VARIABLE}=${attemptId}`;
}
