import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { withConstraints } from './openapi-constraints.js';
import { withExamples } from './openapi-examples.js';
import { withProblems } from './openapi-problems.js';
import { asVersion31 } from './openapi-version.js';

const DESCRIPTION =
  'Everything that Penstock can do, beside the AWS-compatible API, which is `POST /` and is described by AWS. ' +
  'Instants are ISO-8601, UTC. A member without a value is left out. Errors are problems of RFC 9457. ' +
  'Lists come in pages: `next` of one is `after` of the next.';

/** The REST API described in OpenAPI 3.1, from its controllers and DTOs. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Penstock')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'opaque, or a JWT of the OIDC provider',
      description:
        'A secret access key of the credentials file, an API token, or a token of the OIDC provider',
    })
    .build();
  const document = SwaggerModule.createDocument(app, description, {
    // For handlers without @ApiOperation: `list` of KeysController is `listKeys`.
    operationIdFactory: (controller, method) => `${method}${controller.replace(/Controller$/, '')}`,
  });
  return withExamples(asVersion31(withProblems(withConstraints(document))));
}
