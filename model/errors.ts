/** An error that a caller of the API gets as it is. Source: api.md 1.1. HTTP status and `__type` are written by the API's filter. */
export abstract class ApiError extends Error {
  /** The `__type` on the wire. */
  abstract readonly wire:
    | 'InvalidRequestException'
    | 'PipelineNotFoundException'
    | 'PipelineDeletedException'
    | 'TaskNotFoundException'
    | 'AccessDeniedException'
    | 'InternalServiceError';
}

/** The request cannot be carried out as it is: malformed, out of bounds, or in the wrong state. */
export class InvalidRequest extends ApiError {
  readonly wire = 'InvalidRequestException';
  override readonly name = 'InvalidRequest';
}

/** The pipeline never existed, or belongs to another account. Our choice: AWS's text for deleted ones. */
export class PipelineNotFound extends ApiError {
  readonly wire = 'PipelineNotFoundException';
  override readonly name = 'PipelineNotFound';

  constructor(pipelineId: string) {
    super(`Pipeline with id: ${pipelineId} does not exist`);
  }
}

/** The pipeline was deleted. Source: api.md 1.1 (text observed). */
export class PipelineDeleted extends ApiError {
  readonly wire = 'PipelineDeletedException';
  override readonly name = 'PipelineDeleted';

  constructor(pipelineId: string) {
    super(`Pipeline with id: ${pipelineId} does not exist`);
  }
}

/** The task is unknown, or was given to another runner meanwhile. */
export class TaskNotFound extends ApiError {
  readonly wire = 'TaskNotFoundException';
  override readonly name = 'TaskNotFound';
}

/** The caller may not do this. Text: AWS's. Where the caller may not even know of a pipeline, PipelineNotFound is thrown instead. */
export class AccessDenied extends ApiError {
  readonly wire = 'AccessDeniedException';
  override readonly name = 'AccessDenied';

  constructor(arn: string, action: string, reason?: string) {
    super(`User: ${arn} is not authorized to perform: ${action}${reason === undefined ? '' : ` ${reason}`}`);
  }
}

/** A fault of ours; clients repeat the call. The message holds no internals. */
export class InternalServiceError extends ApiError {
  readonly wire = 'InternalServiceError';
  override readonly name = 'InternalServiceError';
}
