/**
 * What a control worker must know to go on with a run that a newer one has decided for, in the order it came: each id given to
 * `patched()`, each new workflow type, signal or update of the contract, each version of Temporal's SDK, which records how it
 * decides too. Only ever added to.
 */
export const WORKFLOW_CHANGES = ['sdk 1.24.0'] as const;

/** The build of the workflows: control workers of one build are alike to a run, of two builds the higher decides (docs/upgrade.md). */
export const WORKFLOW_BUILD: number = WORKFLOW_CHANGES.length;
