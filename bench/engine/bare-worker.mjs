/** The workflow worker of the baseline, with the settings of Penstock's control worker: `node bare-worker.mjs <job as JSON>`. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const { dist, address } = JSON.parse(process.argv[2]);
const { penstockDataConverter } = await import(pathToFileURL(join(dist, 'codec/data-converter.js')).href);
setFlagsFromString('--stack-trace-limit=3'); // as src/engine.main.ts
Runtime.install({ logger: new DefaultLogger('WARN') });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  dataConverter: penstockDataConverter(),
  taskQueue: 'bare',
  workflowsPath: fileURLToPath(new URL('bare-workflows.mjs', import.meta.url)),
});
process.on('message', () => worker.shutdown());
process.once('disconnect', () => process.exit(1));
const running = worker.run();
process.send({ ready: true });
await running;
process.exit(0);
