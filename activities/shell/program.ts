import { createWriteStream } from 'node:fs';
import { chmod, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { textOf, textsOf } from '../../model/definition/component.js';
import type { TaskObject } from '../../model/instance/task.js';
import type { Attempt } from '../runner/attempt.js';
import type { SecretSources } from '../secrets/open-secret.js';
import { lastPart } from '../storage/location.js';
import type { Storage } from '../storage/storage.js';
import { workFailure } from '../storage/work-failure.js';
import { openedText } from './opened-text.js';

/** What to start for a command or a script. */
export interface Program {
  readonly file: string;
  readonly arguments: readonly string[];
}

/**
 * The program of an object with `command` or `scriptUri`. A command runs by `bash -c`, a script as its first line says
 * (`#!`), else by bash; `scriptArgument`s are $1… of both. Source: reference/semantics.md 13 and 20 (scriptArgument).
 * @throws InvalidField unless exactly one of the two is there.
 */
export async function programOf(
  attempt: Attempt,
  storage: Storage,
  secrets: SecretSources,
): Promise<Program> {
  const { object, log } = attempt;
  const command = textOf(object, 'command');
  const scriptUri = textOf(object, 'scriptUri')?.trim();
  if ((command === undefined) === (scriptUri === undefined)) throw oneOfTwo(object);
  const scriptArguments = await Promise.all(
    textsOf(object, 'scriptArgument').map((text) => openedText(text, 'scriptArgument', attempt, secrets)),
  );
  if (command !== undefined) {
    const text = await openedText(command, 'command', attempt, secrets);
    log.line(`runs the command with bash, ${scriptArguments.length} arguments`);
    return { file: 'bash', arguments: ['-c', text, 'bash', ...scriptArguments] };
  }
  const script = await download(attempt, storage, scriptUri ?? '');
  const interpreted = await startsWithShebang(script);
  log.line(
    `runs ${scriptUri} ${interpreted ? 'by its #! line' : 'with bash'}, ${scriptArguments.length} arguments`,
  );
  return interpreted
    ? { file: script, arguments: scriptArguments }
    : { file: 'bash', arguments: [script, ...scriptArguments] };
}

async function download(attempt: Attempt, storage: Storage, uri: string): Promise<string> {
  const name = basename(lastPart(uri)).replaceAll('\0', '') || 'script';
  const path = join(attempt.workDirectory, `script-${name}`);
  const options = { signal: attempt.signal };
  await pipeline(await storage.read(uri, options), createWriteStream(path, { mode: 0o700 }), options);
  await chmod(path, 0o700);
  return path;
}

async function startsWithShebang(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const start = buffer.toString('latin1', 0, bytesRead);
    if (/^#![^\n]*\r\n/.test(start))
      throw workFailure(
        'InvalidField',
        `scriptUri: the script has Windows line ends (CR LF) in its first line ${JSON.stringify(
          start.slice(0, start.indexOf('\r')),
        )}; expected LF`,
      );
    return start.startsWith('#!');
  } finally {
    await file.close();
  }
}

function oneOfTwo(object: TaskObject): Error {
  return workFailure(
    'InvalidField',
    `${object.type} "${object.id}" has ${
      textOf(object, 'command') === undefined ? 'neither command nor scriptUri' : 'both command and scriptUri'
    }; expected exactly one of them`,
  );
}
