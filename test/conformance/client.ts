import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a client says of a call, in the words of the wire. */
export interface Answer {
  readonly output?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    /** It came as the class that the SDK has for it. */
    readonly typed?: boolean;
  };
  readonly requestId?: string | null;
}

export interface Call {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The member of the answers that the client's own paginator is to collect. */
  readonly paginate?: string;
}

/** A client of AWS's, as the suite drives it. */
export interface Client {
  call(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** Where the server is, as clients are told. */
export interface Target {
  readonly url: string;
  /** AWS shared-credentials file. */
  readonly credentialsPath: string;
}

const CALL_MS = 120_000;

/** What clients find in the environment: credentials, a region, and nothing of the machine that they run on. */
export function environmentOf({ credentialsPath }: Target): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_SHARED_CREDENTIALS_FILE: credentialsPath,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** Starts a driver: a process that reads a call a line and answers a line. */
export function startDriver(
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Client {
  const [path, ...args] = command;
  const child = spawn(path, args, {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + String(chunk)).slice(-4000)));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${String(code ?? signal)}`));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on('error', () => undefined); // `ended` says why
  return {
    async call(call) {
      child.stdin.write(`${JSON.stringify(call)}\n`);
      const late = setTimeout(() => child.kill('SIGKILL'), CALL_MS);
      try {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`The driver ${path} does not answer: ${await ended}\n${stderr}`);
        return JSON.parse(value) as Answer;
      } finally {
        clearTimeout(late);
      }
    },
    async close() {
      child.stdin.end();
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(late);
    },
  };
}
