import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from './redactor.js';

function redact(secrets: readonly string[], chunks: readonly Buffer[]): Buffer {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.hide(secret);
  return Buffer.concat([...chunks.map((chunk) => redactor.write(chunk)), redactor.end()]);
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size));
  return all;
}

describe('a redactor', () => {
  it('takes a secret out however the stream is cut', () => {
    const text = Buffer.from('user=u password=hünter2 again hünter2, hünt');
    for (let size = 1; size <= text.length; size++) {
      expect(redact(['hünter2'], pieces(text, size)).toString()).toBe('user=u password=*** again ***, hünt');
    }
  });

  it('leaves bytes without secrets as they are, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (bytes, size) => {
        const text = Buffer.from(bytes).filter((byte) => byte < 0x70);
        expect(redact(['pppp', 'pqpq'], pieces(Buffer.from(text), size))).toEqual(Buffer.from(text));
      }),
    );
  });

  it('shows no secret of random streams over few letters', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 60 });
    fc.assert(
      fc.property(letters, fc.integer({ min: 1, max: 7 }), (text, size) => {
        expect(redact(['abba', 'baab'], pieces(Buffer.from(text), size)).toString()).not.toMatch(/abba|baab/);
      }),
    );
  });
});
