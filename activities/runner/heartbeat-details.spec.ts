import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fittedTail } from './heartbeat-details.js';

const tailOf = (text: string) => ({ text, to: 1_000_000, files: { stdout: 1_000_000 } });

describe('the tail of a heartbeat', () => {
  it('is left as it is where it compresses as logs do', () => {
    const lines = Array.from(
      { length: 150 },
      (_, line) => `2026-01-01T00:00:00Z line ${line} of the output of a job`,
    );
    const tail = tailOf(`${lines.join('\n')}\n`);
    expect(tail.text.length).toBeGreaterThan(7_000);
    expect(fittedTail(tail)).toBe(tail);
  });

  it.each([
    ['lines', Array.from({ length: 200 }, () => randomBytes(40).toString('base64')).join('\n')],
    ['one line', randomBytes(12_000).toString('base64')],
    [
      'characters of two units',
      Array.from(randomBytes(4_000), (n) => String.fromCodePoint(0x1f300 + n)).join(''),
    ],
  ])('loses its beginning where it does not: %s', (_what, text) => {
    const fitted = fittedTail(tailOf(text));
    expect(text.endsWith(fitted.text)).toBe(true);
    expect(Buffer.from(fitted.text).toString()).toBe(fitted.text);
    expect(fitted.to).toBe(1_000_000);
    const stored = deflateSync(fitted.text).length;
    expect(stored).toBeLessThanOrEqual(4_096);
    expect(stored).toBeGreaterThan(2_000);
  });
});
