import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { WorkerDeploymentOptions } from '@temporalio/worker';

/** The Worker Deployment of Temporal that all control workers of a namespace are versions of. */
export const CONTROL_DEPLOYMENT = 'penstock-control';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
/** gRPC: INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED. Asking again does not help. */
const FINAL_CODES: readonly number[] = [3, 7, 12, 16];

/**
 * What tells Temporal that a control worker decides by build `build` of the workflows. Runs are not tied to a build: each goes to
 * the one in force with its next step, so that none needs an old worker for as long as it stays open (docs/upgrade.md).
 */
export function controlDeployment(build: number): WorkerDeploymentOptions {
  return {
    version: { deploymentName: CONTROL_DEPLOYMENT, buildId: String(build) },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

/**
 * Puts build `build` in force when the one in force is older; answers with the build that is in force then. A worker of it must
 * poll, or begin to, while this waits. An older worker that starts again beside newer ones changes nothing.
 * @param onWait told what keeps it, when it has taken long, and then again and again.
 * @throws what Temporal says for good: that it may not, or that it knows no deployments (before Server 1.29.1).
 */
export async function putInForce(
  client: Client,
  build: number,
  signal: AbortSignal,
  onWait: (error: Error) => void = () => undefined,
): Promise<number> {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
    try {
      const { conflictToken, inForce } = await deploymentOf(client);
      if (inForce !== undefined && inForce >= build) return inForce;
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        deploymentName: CONTROL_DEPLOYMENT,
        buildId: String(build),
        conflictToken, // another worker may be doing the same
      });
      return build;
    } catch (error) {
      if (!isGrpcServiceError(error) || FINAL_CODES.includes(error.code)) throw error;
      if (waitMs === LAST_RETRY_MS) onWait(error);
    }
    await delay(waitMs, undefined, { signal });
  }
}

async function deploymentOf(client: Client): Promise<{ conflictToken: Uint8Array; inForce?: number }> {
  const { conflictToken, workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
    namespace: client.options.namespace,
    deploymentName: CONTROL_DEPLOYMENT,
  });
  const buildId = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId;
  return { conflictToken, ...(buildId ? { inForce: Number(buildId) } : {}) };
}
