import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How to start a program of PostgreSQL, which refuses to run as root. */
export interface ServerUser {
  /** Owner of the data; undefined = who we are. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Command and arguments that become `program`. */
  command(program: string, args: readonly string[]): readonly [string, ...string[]];
  /** Options for spawn. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number };
}

/** Users to run as under root: the one that a PostgreSQL or the npm package has made, else one of our own. */
const USER_NAMES = ['penstock', 'postgres'] as const;

/**
 * Who runs the server whose program is `postgres` and whose data lies below `folder`. Not under root: we ourselves.
 * Under root: a user without rights, made when there is none. Where that user cannot pass through the folders above
 * (a clone below /root), the server keeps the one right to read and search every folder (Linux, setpriv). Our choice.
 * @throws one sentence that says which folder is in the way.
 */
export async function serverUser(postgres: string, folder: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) {
    return { command: (program, args) => [program, ...args], spawnOptions: {} };
  }
  const owner = await findOrMakeUser();
  const plain: ServerUser = { owner, command: (program, args) => [program, ...args], spawnOptions: owner };
  await letThrough(folder);
  if (await reaches(plain, postgres, folder)) return plain;

  const rights = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
  ];
  const searching: ServerUser = {
    owner,
    command: (program, args) => ['setpriv', ...rights, program, ...args],
    spawnOptions: {},
  };
  if (await reaches(searching, postgres, folder)) return searching;
  throw new Error(
    `PostgreSQL cannot run as root, and its user cannot enter "${(await firstClosed([folder, postgres])) ?? folder}": move the folder, run as another user, or let others pass (chmod o+x)`,
  );
}

async function findOrMakeUser(): Promise<{ uid: number; gid: number }> {
  for (const name of USER_NAMES) {
    const found = await idsOf(name);
    if (found !== undefined) return found;
  }
  const [name] = USER_NAMES;
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      name,
    ]);
  } catch (error) {
    throw new Error(
      `PostgreSQL cannot run as root, and the user "${name}" cannot be made: run as another user, or make it with useradd`,
      { cause: error },
    );
  }
  const made = await idsOf(name);
  if (made === undefined) throw new Error(`The user "${name}" was made, but "id ${name}" does not know it`);
  return made;
}

async function idsOf(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [user, group] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(user.stdout), gid: Number(group.stdout) };
  } catch {
    // `id` fails when there is no such user: that is the answer.
    return undefined;
  }
}

/** The folder is Penstock's own: others may pass through it to what they own, but not list it. */
async function letThrough(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) await chmod(folder, (mode & 0o7777) | 0o011);
}

async function reaches(user: ServerUser, postgres: string, folder: string): Promise<boolean> {
  const [file, ...args] = user.command('/bin/sh', [
    '-c',
    'cd "$1" && "$2" --version',
    'sh',
    folder,
    postgres,
  ]);
  try {
    await run(file, args, { ...user.spawnOptions, cwd: '/' });
    return true;
  } catch {
    // Any reason is a no; the caller tries another way, then names the folder.
    return false;
  }
}

async function firstClosed(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const above: string[] = [];
    for (let folder = file; folder !== path.dirname(folder); folder = path.dirname(folder))
      above.unshift(folder);
    for (const folder of above) if (((await stat(folder)).mode & 0o001) === 0) return folder;
  }
  return undefined;
}
