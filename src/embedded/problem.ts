/** Something that a person can mend: said as one sentence, without a stack. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** One line for whatever was thrown, with its causes. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${reasonOf(error.cause)})`;
}

/** The operating system's code of an error (`ENOSPC`, `EACCES` …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
