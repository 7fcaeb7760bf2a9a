import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Config } from './config.js';
import { Credentials } from './credentials.js';

/** Offers `Config` and `Credentials` to every module. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: Config, useValue: config },
        { provide: Credentials, useFactory: () => new Credentials(config.credentialsPath) },
      ],
      exports: [Config, Credentials],
    };
  }
}
