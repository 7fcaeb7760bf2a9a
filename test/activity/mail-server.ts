import { createServer, type Server } from 'node:net';
import { callbackify } from 'node:util';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** A mail as it arrived. */
export interface Arrived {
  readonly mail: ParsedMail;
  /** Header and body as they were sent. */
  readonly source: string;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly secure: boolean;
}

/** A real SMTP server that keeps what it gets. */
export interface TestMailServer {
  readonly port: number;
  readonly arrived: readonly Arrived[];
  close(): Promise<void>;
}

/** Starts one on 127.0.0.1. Without options it wants no login and takes every recipient. Its certificate is self-signed. */
export async function aMailServer(options: SMTPServerOptions = {}): Promise<TestMailServer> {
  const arrived: Arrived[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      callbackify(async () => {
        arrived.push(await keep(stream, session));
      })((error) => done(error));
    },
    ...options,
  });
  server.on('error', () => undefined); // clients that hang up, which some tests are about
  return {
    port: await portOf(server.listen(0, '127.0.0.1')),
    arrived,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function keep(stream: AsyncIterable<Buffer>, session: SMTPServerSession): Promise<Arrived> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const source = Buffer.concat(chunks);
  const { mailFrom, rcptTo } = session.envelope;
  return {
    mail: await simpleParser(source),
    source: source.toString('latin1'),
    from: mailFrom === false ? '' : mailFrom.address,
    recipients: rcptTo.map(({ address }) => address),
    secure: session.secure,
  };
}

/** A port of this machine on which nobody listens. */
export async function aDeadPort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server.listen(0, '127.0.0.1'));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    const tell = (): void => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('the server has no port'));
    };
    if (server.listening) tell();
    else server.once('listening', tell).once('error', reject);
  });
}
