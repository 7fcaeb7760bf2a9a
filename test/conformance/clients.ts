import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startAwsCli } from './aws-cli.js';
import { environmentOf, startDriver, type Client, type Target } from './client.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BUILD_MS = 580_000;

/** What is on this machine for the clients. */
export interface Tools {
  readonly python: string;
  readonly aws: string;
  /** Where what is built is kept. */
  readonly cacheDir: string;
}

/** How a client is given the endpoint: in its code (or as its option), or by the variable `AWS_ENDPOINT_URL_DATA_PIPELINE` alone. */
export type EndpointBy = 'code' | 'environment';

type Starter = (target: Target, tools: Tools, by: EndpointBy) => Promise<Client>;

/** AWS's clients that the suite drives, by name. */
export const CLIENTS = {
  'aws-cli': (target, { aws }, by) =>
    startAwsCli(aws, envOf(target, by), by === 'code' ? ['--endpoint-url', target.url] : []),
  boto3: async (target, { python }, by) =>
    startDriver([python, join(HERE, 'boto3/driver.py'), ...argumentOf(target, by)], envOf(target, by)),
  javascript: async (target, _tools, by) =>
    startDriver(
      [process.execPath, join(HERE, 'javascript/driver.mjs'), ...argumentOf(target, by)],
      envOf(target, by),
    ),
  java: async (target, { cacheDir }, by) => {
    const folder = await built(cacheDir, 'java', async (folder) => {
      const pom = ['-f', join(HERE, 'java/pom.xml')];
      await build('mvn', [
        '-q',
        '-B',
        ...pom,
        'dependency:copy-dependencies',
        `-DoutputDirectory=${folder}/lib`,
      ]);
      const sources = join(HERE, 'java/src/main/java/Driver.java');
      await build('javac', ['--release', '17', '-d', `${folder}/classes`, '-cp', `${folder}/lib/*`, sources]);
    });
    const classPath = `${folder}/classes:${folder}/lib/*`;
    return startDriver(['java', '-cp', classPath, 'Driver', ...argumentOf(target, by)], envOf(target, by));
  },
  go: async (target, { cacheDir }, by) => {
    const folder = await built(cacheDir, 'go', (folder) =>
      build('go', ['build', '-C', join(HERE, 'go'), '-o', join(folder, 'driver'), '.']),
    );
    return startDriver([join(folder, 'driver'), ...argumentOf(target, by)], envOf(target, by));
  },
} as const satisfies Record<string, Starter>;

export type ClientName = keyof typeof CLIENTS;

function argumentOf({ url }: Target, by: EndpointBy): string[] {
  return by === 'code' ? [url] : [];
}

function envOf(target: Target, by: EndpointBy): NodeJS.ProcessEnv {
  return {
    ...environmentOf(target),
    ...(by === 'environment' ? { AWS_ENDPOINT_URL_DATA_PIPELINE: target.url } : {}),
  };
}

/** The folder with what is built of the driver's sources; built once for each of their states. */
async function built(
  cacheDir: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir(join(HERE, name), { recursive: true, withFileTypes: true })).filter((each) =>
    each.isFile(),
  );
  const paths = files.map((file) => join(file.parentPath, file.name)).toSorted();
  for (const path of paths) hash.update(path.slice(HERE.length)).update(await readFile(path));
  const folder = join(cacheDir, 'conformance', `${name}-${hash.digest('hex').slice(0, 12)}`);
  if ((await readdir(folder).catch(() => [])).length > 0) return folder;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await make(unfinished);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

async function build(command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args, { timeout: BUILD_MS, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const {
      code,
      stdout = '',
      stderr = '',
    } = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    if (code === 'ENOENT') {
      throw new Error(`"${command}" is not on this machine: expected it on PATH, to build this client`, {
        cause: error,
      });
    }
    throw new Error(`${command} ${args.join(' ')} failed:\n${(stdout + stderr).slice(-4000)}`, {
      cause: error,
    });
  }
}
