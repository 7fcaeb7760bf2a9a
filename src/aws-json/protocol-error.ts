/** Errors of the protocol itself, which every AWS service knows. Names: api.md 1.1. */
export type ProtocolErrorName =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'ExpiredTokenException'
  | 'ThrottlingException'
  | 'UnknownOperationException'
  | 'SerializationException'
  | 'RequestEntityTooLargeException'
  | 'InvalidAction';

/** A request that is refused before an operation sees it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  constructor(
    readonly wire: ProtocolErrorName,
    message: string,
    readonly httpStatus: 400 | 413 = 400,
  ) {
    super(message);
  }
}
