/**
 * What a run that continues as new hands to its successor beside the ledger: what no row says. Plain JSON. Only a run that nothing is
 * under way for can be handed over.
 */
export interface HandOver {
  /** Instances between two attempts, and when the next is due, in milliseconds since 1970. */
  readonly retries: readonly { readonly instanceId: string; readonly atMs: number }[];
  /** Instances that are still to be told when they are late: no others are, or lateness would fire twice. */
  readonly late: readonly string[];
  /** The pipeline was deactivated: what was not made yet will not be. */
  readonly closing: boolean;
}
