// Calls to Temporal that the API and the control worker make alike. Imports @temporalio/client and workflows/contract.ts only.

import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { PAUSES_CHANGED_SIGNAL, type PausesChangedSignal } from '../workflows/contract.js';

/** Tells a run that other components than before are paused; one that has closed need not know. */
export async function tellPausesChanged(
  client: Client,
  { id, workflowId }: { readonly id: string; readonly workflowId: string },
  componentIds: readonly string[],
): Promise<void> {
  try {
    await client.workflow
      .getHandle(workflowId)
      .signal<[PausesChangedSignal]>(PAUSES_CHANGED_SIGNAL, { order: Number(id), componentIds });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
