import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** The REST API described in OpenAPI 3.1, from its controllers and views. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Penstock')
    .setDescription('REST API of Penstock. The AWS-compatible API is POST / and is described by AWS.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A secret key of the credentials file' })
    .build();
  return SwaggerModule.createDocument(app, description);
}
