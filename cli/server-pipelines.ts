import type { Server } from './server.js';

/** A pipeline as the server lists it; members that are not named here are passed on by `--json`. */
export interface ListedPipeline {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly health?: string;
  readonly activeVersion?: number;
  readonly latestVersion?: number;
}

interface Page {
  readonly pipelines: readonly ListedPipeline[];
  readonly next?: string;
}

/** All pipelines of a server, page by page. */
export async function* listPipelines(
  server: Server,
  { health = false }: { readonly health?: boolean } = {},
): AsyncGenerator<ListedPipeline> {
  let after: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: '1000',
      ...(health ? { health: 'true' } : {}),
      ...(after === undefined ? {} : { after }),
    });
    const page = (await server.get(`/v1/pipelines?${query.toString()}`)) as Page;
    yield* page.pipelines;
    after = page.next;
  } while (after !== undefined);
}
