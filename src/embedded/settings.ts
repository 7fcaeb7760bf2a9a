import { resolve } from 'node:path';
import { Problem } from './problem.js';

/** What the embedded mode is told from outside, read once. */
export interface EmbeddedSettings {
  /** Folder of all state, absolute. `PENSTOCK_HOME`, default `.penstock`. */
  readonly home: string;
  /** Port of the API; 0 = a free one. `PENSTOCK_PORT`, default 8080. */
  readonly port: number;
  /** Wished port of Temporal's frontend: the next free one when it is taken. `PENSTOCK_TEMPORAL_PORT`, default 7233. */
  readonly temporalPort: number;
  /** Wished port of Temporal's Web UI: the next free one when it is taken. `PENSTOCK_TEMPORAL_UI_PORT`, default 8233. */
  readonly temporalUiPort: number;
  /** Path of the Temporal CLI; `npm start` finds or gets it. `PENSTOCK_TEMPORAL`. */
  readonly temporalBinary: string;
  /** A PostgreSQL of the user's own; absent = the embedded one. Holds a password. `DATABASE_URL`. */
  readonly databaseUrl?: string;
  /** The API speaks TLS. `PENSTOCK_TLS_CERT_FILE`. */
  readonly tls: boolean;
  /** Whether the example pipeline is installed. `PENSTOCK_EXAMPLE`, `off` = no. */
  readonly example: boolean;
  /** What the processes inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads the settings. @throws Problem naming every variable that cannot be used. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): EmbeddedSettings {
  const problems: string[] = [];
  const text = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const port = (name: string, fallback: number): number => {
    const value = text(name) ?? String(fallback);
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
    problems.push(`${name}="${value}": expected a port number from 0 to 65535`);
    return fallback;
  };
  const temporalBinary = text('PENSTOCK_TEMPORAL');
  if (temporalBinary === undefined) {
    problems.push(
      'PENSTOCK_TEMPORAL is missing: expected the path of the Temporal CLI ("npm start" sets it)',
    );
  }
  const databaseUrl = text('DATABASE_URL');
  const example = text('PENSTOCK_EXAMPLE') ?? 'on';
  if (example !== 'on' && example !== 'off')
    problems.push(`PENSTOCK_EXAMPLE="${example}": expected "on" or "off"`);
  const settings: EmbeddedSettings = {
    home: resolve(text('PENSTOCK_HOME') ?? '.penstock'),
    port: port('PENSTOCK_PORT', 8080),
    temporalPort: port('PENSTOCK_TEMPORAL_PORT', 7233),
    temporalUiPort: port('PENSTOCK_TEMPORAL_UI_PORT', 8233),
    temporalBinary: temporalBinary ?? '',
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    tls: text('PENSTOCK_TLS_CERT_FILE') !== undefined,
    // Its client would have to be told whose certificate it may believe.
    example: example === 'on' && text('PENSTOCK_TLS_CERT_FILE') === undefined,
    environment: env,
  };
  if (problems.length > 0) throw new Problem(`The environment cannot be used: ${problems.join('; ')}.`);
  return settings;
}
