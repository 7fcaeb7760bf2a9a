/** Longest address. Source: RFC 5321 4.5.3.1: 64 of the local part, @, 255 of the domain; and a name of the person. */
const LONGEST_MAILBOX = 64 + 1 + 255;
const LONGEST_TEXT = 1000;

/** Without quoting: what RFC 5322 calls dot-atom, and letters of any language on both sides. */
const MAILBOX =
  /^[\w!#$%&'*+/=?^`{|}~\u0080-\uffff-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u0080-\uffff-]+)*@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/u;
/** `Name <mailbox>`; the name may stand in double quotes. Nothing that could end a header line, or begin a second address. */
const NAMED = /^(?:"([^"\\<>]*)" *|([^"\\<>,;:@()[\]]*))<([^<>]*)>$/;

/** A mail address taken apart. */
export interface MailAddress {
  /** Name of the person; empty when there is none. */
  readonly name: string;
  /** `local@domain`. */
  readonly address: string;
}

/** Reads `local@domain` or `Name <local@domain>`, one address; undefined for anything else. Quoted local parts are not read. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_TEXT || hasControlCharacter(trimmed)) return undefined;
  const named = NAMED.exec(trimmed);
  const address = (named?.[3] ?? trimmed).trim();
  if (address.length > LONGEST_MAILBOX || !MAILBOX.test(address)) return undefined;
  return { name: (named?.[1] ?? named?.[2] ?? '').trim(), address };
}

/** A control character ends a header line, or worse; unpaired halves of characters cannot be encoded. */
function hasControlCharacter(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) || !isWellFormed(text);
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
