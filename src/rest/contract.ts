import { Injectable, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { openApiOf } from './openapi.js';

type Methods = Readonly<Partial<Record<string, Operation>>>;

/** What the contract is checked by, of one operation of the document. */
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>>; readonly required?: boolean };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: { readonly type?: string };
}

/** What a call of one operation may be. */
export interface OperationContract {
  /** Names of the query; those with true may be there several times. */
  readonly query: ReadonlyMap<string, boolean>;
  /** Media types of the body; empty where there is none. */
  readonly consumes: readonly string[];
  readonly bodyRequired: boolean;
  /** Media types of the answers that are no problems; empty where they have no body. */
  readonly produces: readonly string[];
}

/** The REST API as `/openapi.json` tells it, which calls are held to: what is served and what is said cannot differ. */
@Injectable()
export class RestContract {
  #app: INestApplication | undefined;
  #document: OpenAPIObject | undefined;
  readonly #operations = new Map<string, OperationContract | undefined>();

  /** Whose controllers are described. */
  describe(app: INestApplication): void {
    this.#app = app;
  }

  /** The OpenAPI document, made when it is first asked for. */
  document(): OpenAPIObject {
    if (this.#app === undefined)
      throw new Error('RestContract: expected describe(app) before the first call');
    return (this.#document ??= openApiOf(this.#app));
  }

  /** The contract of a route as Express writes it (`/v1/pipelines/:id`); undefined for one that is no part of the REST API. */
  of(method: string, route: string): OperationContract | undefined {
    const key = `${method} ${route}`;
    if (!this.#operations.has(key)) this.#operations.set(key, this.find(method, route));
    return this.#operations.get(key);
  }

  private find(method: string, route: string): OperationContract | undefined {
    const path = route.replaceAll(/:(\w+)/g, '{$1}');
    const paths = this.document().paths as unknown as Readonly<Record<string, Methods | undefined>>;
    const operation = paths[path]?.[(method === 'HEAD' ? 'GET' : method).toLowerCase()];
    if (operation === undefined) return undefined;
    const query = (operation.parameters ?? []).filter((each) => each.in === 'query');
    const answers = Object.entries(operation.responses).filter(([status]) => Number(status) < 400);
    return {
      query: new Map(query.map(({ name, schema }) => [name, schema?.type === 'array'])),
      consumes: Object.keys(operation.requestBody?.content ?? {}),
      bodyRequired: operation.requestBody?.required ?? false,
      produces: [...new Set(answers.flatMap(([, { content = {} }]) => Object.keys(content)))],
    };
  }
}
