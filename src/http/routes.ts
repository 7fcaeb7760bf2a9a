import type { IncomingMessage } from 'node:http';

/** A request as Express has it. */
export interface RoutedRequest extends IncomingMessage {
  /** The route that serves it; absent when none does. */
  readonly route?: { readonly path: string };
  /** Of its URL. */
  readonly path: string;
  readonly app: { readonly router: { readonly stack: readonly Layer[] } };
}

/** What Express's router tries one after the other. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** The methods that the path of a request is served for, as the header `Allow` has them. */
export function methodsOf({ app, path }: RoutedRequest): string[] {
  const routes = app.router.stack.filter((layer) => layer.route !== undefined && layer.match(path));
  const methods = new Set(routes.flatMap(({ route }) => Object.keys(route?.methods ?? {})));
  if (methods.has('get')) methods.add('head');
  return [...methods].map((method) => method.toUpperCase()).toSorted();
}
