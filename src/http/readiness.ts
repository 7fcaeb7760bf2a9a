import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

/** Whether this process takes calls: it starts, it does, or it is about to end and still answers. */
@Injectable()
export class Readiness implements OnApplicationBootstrap {
  #state: 'starting' | 'ready' | 'draining' = 'starting';

  get state(): 'starting' | 'ready' | 'draining' {
    return this.#state;
  }

  onApplicationBootstrap(): void {
    this.#state = 'ready';
  }

  /** From now on `/health/ready` says 503, and connections are closed after their answer. */
  drain(): void {
    this.#state = 'draining';
  }
}
