/** What the caller of the command can mend: its arguments, or a file that cannot be read. Ends it with EXIT.usage. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Exit codes of the command; `--help` documents them. */
export const EXIT = {
  ok: 0,
  /** The definition has errors. */
  invalid: 1,
  /** `diff`: the definitions differ. */
  different: 1,
  /** `logs -f`: what was followed has not FINISHED. */
  failed: 1,
  /** Wrong arguments, an unreadable file, or a server that does not answer. */
  usage: 2,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];
