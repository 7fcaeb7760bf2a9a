import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiForbiddenResponse, ApiUnauthorizedResponse } from '@nestjs/swagger';
import type { Action } from '../../model/access/actions.js';

/** Key under which `@Access` and `@OpenToAll` mark a handler or its controller. */
export const ACCESS = 'penstock:access';

/** What `@Access` notes: the action to decide on, or that nobody need say who they are. */
export type AccessMark = { readonly action: Action } | { readonly openBecause: string };

/**
 * Names the action that a REST handler is; `AccessGuard` lets only those through who may do it. A handler without a mark answers
 * nobody. Where the path has `:id`, that is the pipeline that is decided on.
 */
export function Access(action: Action): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, { action } satisfies AccessMark),
    ApiBearerAuth(),
    ApiExtension('x-penstock-action', action),
    ApiUnauthorizedResponse({ description: 'No credential, or none that is known' }),
    ApiForbiddenResponse({ description: `The caller may not do ${action}` }),
  );
}

/** Key under which `@OpenToThisMachine` marks a handler. */
export const OPEN_TO_THIS_MACHINE = 'penstock:openToThisMachine';

/** Beside `@Access`: calls that begin on this machine, and come through no proxy, need no credential. */
export function OpenToThisMachine(): MethodDecorator {
  return SetMetadata(OPEN_TO_THIS_MACHINE, true);
}

/** Opens a handler, or a controller, to everybody; `because` says why that is right. */
export function OpenToAll(because: string): ClassDecorator & MethodDecorator {
  return SetMetadata(ACCESS, { openBecause: because } satisfies AccessMark);
}
