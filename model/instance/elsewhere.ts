import { DEACTIVATED, NEVER_MADE, type Elsewhere } from './events.js';
import type { PlannedInstance, ResourcePlace, UserPlace } from './plan.js';
import { STATUS, type Status } from './status.js';

/** A resource instance of another run that instances of this one work on, as far as this run knows. */
export interface ResourceElsewhere {
  readonly id: string;
  readonly place: ResourcePlace;
  /** Undefined until told. */
  known?: Elsewhere;
  /** Its run was asked to make it again and has not answered. */
  asked: boolean;
}

/** An instance of another run that works on a resource of this one, as far as this run knows. */
export interface UserElsewhere {
  readonly place: UserPlace;
  readonly resourceId: string;
  /** Undefined until told: it need not have been made yet. */
  status?: Status;
  seq: number;
}

/** What one run knows of resources that runs share. A part of `RunBook`. */
export class ElsewhereBook {
  readonly #resources = new Map<string, ResourceElsewhere>();
  readonly #users = new Map<string, UserElsewhere>();
  readonly #usersOf = new Map<string, UserElsewhere[]>();

  add({ id, resourceInstanceId, resourceElsewhere, usersElsewhere = [] }: PlannedInstance): void {
    if (resourceInstanceId !== undefined && resourceElsewhere !== undefined) {
      if (!this.#resources.has(resourceInstanceId)) {
        const resource = { id: resourceInstanceId, place: resourceElsewhere, asked: false };
        this.#resources.set(resourceInstanceId, resource);
      }
    }
    if (usersElsewhere.length === 0) return;
    const users = usersElsewhere.map((place): UserElsewhere => ({
      place,
      resourceId: id,
      seq: NEVER_MADE - 1,
    }));
    this.#usersOf.set(id, users);
    for (const user of users) this.#users.set(user.place.instanceId, user);
  }

  resource(id: string): ResourceElsewhere | undefined {
    return this.#resources.get(id);
  }

  user(id: string): UserElsewhere | undefined {
    return this.#users.get(id);
  }

  usersOf(resourceId: string): readonly UserElsewhere[] {
    return this.#usersOf.get(resourceId) ?? [];
  }
}

/** Whether a resource of another run takes work. */
export function isUpElsewhere({ known, asked }: ResourceElsewhere): boolean {
  return known?.status === 'RUNNING' && !asked;
}

/** Whether it has ended and is not to be had again but by a rerun. */
export function isGoneElsewhere({ known, asked }: ResourceElsewhere): boolean {
  if (known === undefined || asked) return false;
  return known.seq === NEVER_MADE || (STATUS[known.status].cascades && !isRevivable(known));
}

/** Whether a resource in that status is made again when somebody needs it: nothing went wrong with it. */
export function isRevivable({
  status,
  cancellationReason,
}: Pick<Elsewhere, 'status' | 'cancellationReason'>): boolean {
  return (
    status === 'FINISHED' ||
    status === 'SKIPPED' ||
    (status === 'CANCELED' && cancellationReason === DEACTIVATED)
  );
}
