import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  INSTANCE_CHANGED_SIGNAL,
  INSTANCE_ENDED_SIGNAL,
  LEASE_GRANTED_SIGNAL,
  pipelineIdOfRun,
  type InstanceChangedSignal,
  type InstanceEndedSignal,
  type LeaseGrantedSignal,
} from '../../workflows/contract.js';
import { tellPausesChanged } from '../../temporal/tell-runs.js';
import type { Ledger, Notification } from './ledger.js';

/**
 * Signals the runs that wait, then removes the notifications. Repeated after a crash, a run hears the same thing twice, which
 * changes nothing for it. A run that has closed waits for nothing any more.
 */
export async function deliver(
  client: Client,
  ledger: Ledger,
  notifications: readonly Notification[],
): Promise<void> {
  if (notifications.length === 0) return;
  await Promise.all(notifications.map((notification) => signal(client, ledger, notification)));
  await ledger.acknowledge(notifications.map((notification) => notification.id));
}

async function signal(client: Client, ledger: Ledger, notification: Notification): Promise<void> {
  const handle = client.workflow.getHandle(notification.workflowId);
  try {
    switch (notification.kind) {
      case 'instanceEnded':
        return await handle.signal<[InstanceEndedSignal]>(INSTANCE_ENDED_SIGNAL, {
          instanceId: notification.instanceId,
          status: notification.status,
        });
      case 'instanceChanged': {
        const { id: _id, workflowId: _workflowId, kind: _kind, ...changed } = notification;
        return await handle.signal<[InstanceChangedSignal]>(INSTANCE_CHANGED_SIGNAL, changed);
      }
      case 'leaseGranted':
        return await handle.signal<[LeaseGrantedSignal]>(LEASE_GRANTED_SIGNAL, {
          instanceId: notification.instanceId,
        });
      case 'pausesChanged':
        return await tellPausesChanged(
          client,
          notification,
          await ledger.readPauses(pipelineIdOfRun(notification.workflowId)),
        );
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
