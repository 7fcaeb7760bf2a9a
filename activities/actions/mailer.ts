import { createTransport } from 'nodemailer';
import type { MailAddress } from '../../model/definition/mail-address.js';
import { textOfError } from '../storage/work-failure.js';
import { isCertificateError, notSent } from './alarm.js';

/** The operator's mail server (`PENSTOCK_SMTP_URL`). */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps://); else STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  /** No mail without STARTTLS. */
  readonly requireTls: boolean;
  /** Whether the certificate of the server must be of somebody known. */
  readonly verifyCertificate: boolean;
  /** Name that the certificate must have; default: the host. */
  readonly certificateName?: string;
}

/** One e-mail. */
export interface Mail {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly subject: string;
  readonly text: string;
  /** With its angle brackets. */
  readonly messageId: string;
}

/** Sends mail over kept connections. */
export interface Mailer {
  /** Sends one mail; resolves with the server's answer. @throws NotificationFailed, ReceiverUnavailable */
  send(mail: Mail, signal: AbortSignal): Promise<string>;
  /** Closes the connections. */
  close(): void;
}

/** Together shorter than the minute that an action has; a server that is slower is asked again. */
const TIMEOUTS = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
} as const;
/** Our choice: an alarm storm queues here rather than at a server that counts connections. */
const CONNECTIONS = 3;
/** Connections are closed when nothing is sent for so long; servers do the same after minutes. */
const IDLE_MS = 30_000;

/** Sends through `server`; connects with the first mail. */
export function createMailer(server: MailServer): Mailer {
  const { host, port, secure, user, password, certificateName } = server;
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    idleTimeout: IDLE_MS,
    host,
    port,
    secure,
    requireTLS: server.requireTls,
    tls: {
      rejectUnauthorized: server.verifyCertificate,
      minVersion: 'TLSv1.2',
      ...(certificateName === undefined ? {} : { servername: certificateName }),
    },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    ...TIMEOUTS,
  });
  const receiver = `send mail through ${host}:${port}`;
  return {
    async send({ from, to, cc, bcc, subject, text, messageId }, signal) {
      const info = await transport
        .sendMail({
          from: { ...from },
          to: copied(to),
          cc: copied(cc),
          bcc: copied(bcc),
          subject,
          text,
          messageId,
          // Nobody's holiday reply answers it. Source: RFC 3834 5.
          headers: { 'Auto-Submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        })
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw notSent(receiver, textOfError(error), isTransient(error));
        });
      const { rejected } = info;
      if (rejected.length === 0) return info.response;
      // Sent again, the others would have it twice.
      throw notSent(
        receiver,
        `the server refused ${rejected.map(addressText).join(', ')} (${(info.rejectedErrors ?? []).map(textOfError).join('; ')}); ${info.accepted.map(addressText).join(', ')} got it`,
        false,
      );
    },
    close: () => transport.close(),
  };
}

function copied(addresses: readonly MailAddress[]): MailAddress[] {
  return addresses.map((address) => ({ ...address }));
}

function addressText(recipient: string | { readonly address?: string | undefined }): string {
  return typeof recipient === 'string' ? recipient : (recipient.address ?? '');
}

/** Errors that are the same however often the mail is sent, of those that come without an answer of the server. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'EAUTH',
  'ENOAUTH',
  'ECONFIG',
  'EENVELOPE',
  'EMESSAGE',
  'EREQUIRETLS',
  'ETLS',
]);

function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { permanent, code, originalCode, cause } = error as {
    permanent?: boolean;
    code?: string;
    originalCode?: string;
    cause?: { code?: string };
  };
  if ([code, originalCode, cause?.code].some(isCertificateError)) return false;
  if (permanent !== undefined) return !permanent;
  return code === undefined || !FINAL_CODES.has(code);
}
