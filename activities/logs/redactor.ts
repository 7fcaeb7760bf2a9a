/**
 * Takes secrets out of a stream of bytes, also those that come in two pieces. Bytes that may be the beginning of a secret are held
 * back until the next piece, or the end.
 */
export class Redactor {
  /** As latin1, one character a byte: the stream may be anything, not only text. */
  readonly #secrets = new Set<string>();
  #held = '';

  hide(secret: string): void {
    if (secret !== '') this.#secrets.add(Buffer.from(secret, 'utf8').toString('latin1'));
  }

  /** What of the stream may be shown by now. */
  write(chunk: Buffer): Buffer {
    if (this.#secrets.size === 0) return chunk;
    let text = this.#held + chunk.toString('latin1');
    for (const secret of this.#secrets) text = text.replaceAll(secret, '***');
    const held = this.#beginning(text);
    this.#held = text.slice(text.length - held);
    return Buffer.from(text.slice(0, text.length - held), 'latin1');
  }

  /** What was held back, at the end of the stream. */
  end(): Buffer {
    const rest = Buffer.from(this.#held, 'latin1');
    this.#held = '';
    return rest;
  }

  /** Length of the longest end of `text` that a secret begins with. */
  #beginning(text: string): number {
    let longest = 0;
    for (const secret of this.#secrets) {
      for (let length = Math.min(secret.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(secret.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
