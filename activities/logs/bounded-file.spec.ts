import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BoundedFile } from './bounded-file.js';
import { TailBuffer } from './tail-buffer.js';

const directory = mkdtempSync(join(tmpdir(), 'penstock-test-'));
afterAll(() => rmSync(directory, { recursive: true }));
const chunks = fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));

describe('BoundedFile', () => {
  it('keeps the first and the last bytes of any stream and says what it left out', () => {
    let file = 0;
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 20 }), (written, partBytes) => {
        const path = join(directory, String(file++));
        const bounded = new BoundedFile(path, partBytes);
        for (const chunk of written) bounded.write(chunk);
        bounded.close();
        const all = Buffer.concat(written);
        const leftOut = all.length - 2 * partBytes;
        const expected =
          leftOut <= 0
            ? all
            : Buffer.concat([
                all.subarray(0, partBytes),
                Buffer.from(`\n[… ${leftOut} bytes left out of this log …]\n`),
                all.subarray(all.length - partBytes),
              ]);
        expect(readFileSync(path)).toEqual(expected);
        expect(bounded.totalBytes).toBe(all.length);
      }),
    );
  });
});

describe('TailBuffer', () => {
  it('keeps the last bytes of any stream', () => {
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 30 }), (written, capacity) => {
        const tail = new TailBuffer(capacity);
        for (const chunk of written) tail.write(chunk);
        const all = Buffer.concat(written);
        expect(tail.read()).toEqual(all.subarray(Math.max(0, all.length - capacity)));
      }),
    );
  });
});
