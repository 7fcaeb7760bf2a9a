import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { InvalidRequest } from '../../model/errors.js';
import { OperationMarker, type OperationHandler, type OperationMark } from './operation.js';
import { ProtocolError } from './protocol-error.js';

/** An operation that can be called. */
export interface ServedOperation extends OperationMark {
  readonly handler: OperationHandler;
}

/** Operations of the service that this version does not serve. Source: api.md 2. */
const NOT_SERVED: readonly string[] = [
  'EvaluateExpression',
  'PollForTask',
  'ReportTaskProgress',
  'ReportTaskRunnerHeartbeat',
  'SetTaskStatus',
];

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
   * @throws ProtocolError for an unknown one, InvalidRequest for one that this version does not serve.
   */
  find(target: string | undefined): ServedOperation {
    const name = /^DataPipeline(?:_20121129)?\.(\w+)$/.exec(target ?? '')?.[1];
    const operation = name === undefined ? undefined : this.operations.get(name);
    if (operation !== undefined) return operation;
    if (name !== undefined && NOT_SERVED.includes(name)) {
      throw new InvalidRequest(`${name} is not served by this version of Penstock yet`);
    }
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
