import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from '../config/http-settings.js';

/** Where a call comes from. */
export interface HttpClient {
  /** IP address; of a client behind a proxy that `PENSTOCK_TRUSTED_PROXIES` names, the client's. */
  readonly address: string;
  readonly userAgent?: string;
}

const LONGEST_AGENT = 200;

/** Who sent the request. Express's `ip` believes X-Forwarded-For of trusted proxies only. */
export function clientOf(request: IncomingMessage): HttpClient {
  const ip = 'ip' in request && typeof request.ip === 'string' ? request.ip : request.socket.remoteAddress;
  const userAgent = request.headers['user-agent']?.slice(0, LONGEST_AGENT);
  return {
    address: (ip ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, ''),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

/** Sees to it that the address of a connection is still known when its client has hung up: Node keeps what it was asked for once. */
export function rememberAddresses(server: Server): void {
  const remember = (socket: Socket): void => void socket.remoteAddress;
  server.on('connection', remember);
  server.on('secureConnection', remember); // of TLS
}

/** Headers by which proxies say that they stand between. */
const OF_PROXIES = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];

/** Whether the call began on this machine: the connection did, and no proxy of this machine says that it passes on another's. */
export function isFromThisMachine({ socket, headers }: IncomingMessage): boolean {
  const address = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '');
  return (
    address !== undefined && isLoopback(address) && OF_PROXIES.every((name) => headers[name] === undefined)
  );
}
