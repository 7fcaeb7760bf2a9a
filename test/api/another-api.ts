import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { Config } from '../../src/config/config.js';
import { configureApp } from '../../src/http/configure-app.js';
import { PipelineEngine } from '../../src/schedules/pipeline-engine.js';
import type { TestApi } from './api.js';

/** Another API process of this installation, with controllers of its own where given. */
export async function anotherApi(
  { app: first, engine }: Pick<TestApi, 'app' | 'engine'>,
  controllers: (new () => object)[] = [],
): Promise<{ readonly app: NestExpressApplication; readonly url: string }> {
  const module = await Test.createTestingModule({
    imports: [AppModule.with(first.get(Config))],
    controllers,
  })
    .overrideProvider(PipelineEngine)
    .useValue(engine)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
