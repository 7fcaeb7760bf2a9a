/**
 * A task runner whose every activity does nothing, for both sides of the bench: `node nothing-worker.mjs <job as JSON>`,
 * job = { dist, address, taskQueue }. Tells its parent `{ ready: true }`, then `{ ran: [[key, beganMs, endedMs], …] }`.
 */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { NativeConnection, Runtime, Worker, DefaultLogger } from '@temporalio/worker';

const { dist, address, taskQueue } = JSON.parse(process.argv[2]);
const { penstockDataConverter } = await import(pathToFileURL(join(dist, 'codec/data-converter.js')).href);
Runtime.install({ logger: new DefaultLogger('WARN') });

const nowMs = () => performance.timeOrigin + performance.now();
let ran = [];
setInterval(() => {
  if (ran.length > 0) process.send({ ran });
  ran = [];
}, 50);

async function nothing(task) {
  const beganMs = nowMs();
  const result = { startedAt: new Date(beganMs).toISOString(), hostname: 'bench' };
  ran.push([task.attemptId, beganMs, nowMs(), task.pipelineId]);
  return result;
}

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  dataConverter: penstockDataConverter(),
  taskQueue,
  activities: { ShellCommandActivity: nothing, nothing },
});
process.on('message', () => worker.shutdown());
process.once('disconnect', () => process.exit(1));
const running = worker.run();
process.send({ ready: true });
await running;
process.exit(0);
