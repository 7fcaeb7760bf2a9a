/** What a programmer would write on Temporal for the same work: the baseline of the bench. */
import { proxyActivities, sleep } from '@temporalio/workflow';

const { nothing } = proxyActivities({
  taskQueue: 'wg:bench',
  startToCloseTimeout: '20s', // the server under load may count one as started that no worker got
});

const task = (pipelineId, index) => ({ pipelineId, attemptId: `@A${index}` });

/** One activity after the other; `at`: from that moment on, as an interval run that was made ahead of its interval. */
export async function chain({ id, length, at = 0 }) {
  if (at > Date.now()) await sleep(at - Date.now());
  for (let index = 0; index < length; index++) await nothing(task(id, index));
}

/** All at once: it is what `Promise.all` in a workflow does. */
export async function fanOut({ id, width }) {
  const all = [];
  for (let index = 0; index < width; index++) all.push(nothing(task(id, index)));
  await Promise.all(all);
}
