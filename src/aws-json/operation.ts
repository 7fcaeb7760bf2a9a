import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Principal } from '../../model/access/principal.js';

/** Who calls. */
export interface Caller {
  readonly principal: Principal;
}

/** What a class with `@Operation` is. `gone` is aborted when nobody waits for the answer any more. `undefined` as answer is sent as a body of 0 bytes (api.md 2). */
export interface OperationHandler<Input extends object = object> {
  handle(input: Input, caller: Caller, gone: AbortSignal): Promise<object | undefined | void>;
}

/** What `@Operation` notes on a class. */
export interface OperationMark {
  readonly name: string;
  readonly input: new () => object;
}

/** Key under which `@Operation` marks a class. */
export const OperationMarker = DiscoveryService.createDecorator<OperationMark>();

/**
 * Marks the class that serves the AWS operation `name`; its requests are checked against the DTO `input`.
 * One wire name, one class, one file.
 */
export function Operation<Input extends object>(name: string, input: new () => Input) {
  return (target: new (...dependencies: never[]) => OperationHandler<Input>): void => {
    Injectable()(target);
    OperationMarker({ name, input })(target);
  };
}
