import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { OperationMarker, type OperationHandler, type OperationMark } from './operation.js';
import { ProtocolError } from './protocol-error.js';

/** An operation that can be called. */
export interface ServedOperation extends OperationMark {
  readonly handler: OperationHandler;
}

/** All classes with `@Operation`, by the operation's name. */
@Injectable()
export class OperationRegistry implements OnModuleInit {
  private readonly operations = new Map<string, ServedOperation>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const provider of this.discovery.getProviders({ metadataKey: OperationMarker.KEY })) {
      const mark = this.discovery.getMetadataByDecorator(OperationMarker, provider);
      if (mark === undefined) continue;
      if (this.operations.has(mark.name)) throw new Error(`Two classes serve the operation ${mark.name}`);
      this.operations.set(mark.name, { ...mark, handler: provider.instance as OperationHandler });
    }
  }

  /**
   * The operation that an `X-Amz-Target` names: `DataPipeline.<Operation>`, or the guide's older prefix.
   * @throws ProtocolError for an unknown one.
   */
  find(target: string | undefined): ServedOperation {
    const name = /^DataPipeline(?:_20121129)?\.(\w+)$/.exec(target ?? '')?.[1];
    const operation = name === undefined ? undefined : this.operations.get(name);
    if (operation !== undefined) return operation;
    const got =
      target === undefined
        ? 'The header X-Amz-Target is missing'
        : `X-Amz-Target "${target.slice(0, 200)}" is unknown`;
    throw new ProtocolError(
      'UnknownOperationException',
      `${got}: expected DataPipeline.<Operation>, e.g. DataPipeline.ListPipelines`,
    );
  }
}
