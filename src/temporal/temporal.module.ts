import { readFileSync } from 'node:fs';
import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Client, Connection } from '@temporalio/client';
import { penstockDataConverter } from '../../codec/data-converter.js';
import { parseSecretKey } from '../../codec/secret-key.js';
import { Config } from '../config/config.js';

/** The API's connection to Temporal; opened by its first call, so that the API starts before Temporal does. */
@Injectable()
export class TemporalClient extends Client implements OnApplicationShutdown {
  constructor(config: Config) {
    super({
      connection: Connection.lazy({ address: config.temporalAddress }),
      namespace: config.temporalNamespace,
      dataConverter: penstockDataConverter(payloadKeyOf(config)),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}

/** The key that encrypts Temporal payloads; undefined when none is set. @throws naming the file, when it holds no key. */
export function payloadKeyOf(config: Config): Uint8Array | undefined {
  if (config.payloadKeyPath === undefined) return undefined;
  return parseSecretKey(readFileSync(config.payloadKeyPath, 'utf8'), config.payloadKeyPath);
}

@Global()
@Module({ providers: [TemporalClient], exports: [TemporalClient] })
export class TemporalModule {}
