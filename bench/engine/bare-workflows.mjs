/** What a programmer would write on Temporal for the same work: the baseline of the bench. */
import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities({
  taskQueue: 'wg:bench',
  startToCloseTimeout: '1h',
  retry: { maximumAttempts: 1 },
});

const task = (pipelineId, index) => ({ pipelineId, attemptId: `@A${index}` });

export async function chain({ id, length }) {
  for (let index = 0; index < length; index++) await nothing(task(id, index));
}

/** In bursts of 200, as Penstock: many more at once exceed what one workflow task may take. */
export async function fanOut({ id, width }) {
  const all = [];
  for (let index = 0; index < width; index++) all.push(nothing(task(id, index)));
  await Promise.all(all);
}
