import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIVE_TAIL_BYTES, LiveTail, type LogTail } from './live-tail.js';

/** What is new of a tail to one who has seen all up to `seen`. */
function newOf({ text, to }: LogTail, seen: number): string {
  const bytes = Buffer.from(text);
  return bytes.subarray(Math.max(0, bytes.length - (to - seen))).toString();
}

describe('a live tail', () => {
  it('puts files together line by line, never one inside the other', () => {
    const tail = new LiveTail();
    tail.write('stdout', Buffer.from('one '));
    tail.write('stderr', Buffer.from('error\n'));
    tail.write('stdout', Buffer.from('line\ntwo'));
    expect(tail.read()).toEqual({ text: 'error\none line\n', to: 15, files: { stderr: 6, stdout: 9 } });
    tail.write('stdout', Buffer.from(' lines\n'));
    expect(tail.read()).toEqual({
      text: 'error\none line\ntwo lines\n',
      to: 25,
      files: { stderr: 6, stdout: 19 },
    });
  });

  it('shows each line once and in order to whoever looks now and then', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.boolean()), { maxLength: 100 }),
        fc.integer({ min: 1, max: 17 }),
        (lines, size) => {
          const tail = new LiveTail();
          const given = Buffer.from(lines.map(([line]) => `${line.replaceAll('\0', '')}\n`).join(''));
          let seen = 0;
          let shown = '';
          for (let at = 0; at < given.length; at += size) {
            tail.write('stdout', given.subarray(at, at + size));
            if (at % 3 !== 0) continue;
            const read = tail.read();
            shown += newOf(read, seen);
            seen = read.to;
          }
          const last = tail.read();
          expect(shown + newOf(last, seen)).toBe(given.toString());
          expect(last.files).toEqual(given.length === 0 ? {} : { stdout: given.length });
        },
      ),
    );
  });

  it('keeps the end, says how much there was, and begins with a whole character', () => {
    const tail = new LiveTail();
    tail.write('stdout', Buffer.from(`a${'ü'.repeat(LIVE_TAIL_BYTES)}\n`));
    const { text, to, files } = tail.read();
    expect(text).toMatch(/^ü+\n$/);
    expect(Buffer.byteLength(text)).toBeGreaterThan(LIVE_TAIL_BYTES - 4);
    expect(files).toEqual({ stdout: 2 * LIVE_TAIL_BYTES + 2 });
    tail.write('stdout', Buffer.from('next\n'));
    expect(newOf(tail.read(), to)).toBe('next\n');
  });

  it('shows an unfinished line that is long, and what is no text as what it is not', () => {
    const tail = new LiveTail();
    tail.write('stdout', Buffer.from('.'.repeat(4_000)));
    expect(tail.read().text).toBe('');
    tail.write('stdout', Buffer.concat([Buffer.from('.'.repeat(200)), Buffer.from('€').subarray(0, 2)]));
    expect(tail.read()).toMatchObject({ to: 4_200, files: { stdout: 4_200 } });
    tail.write('stdout', Buffer.concat([Buffer.from('€').subarray(2), Buffer.from([0, 0xff, 0x0a])]));
    expect(newOf(tail.read(), 4_200)).toBe('€\uFFFD\uFFFD\n');
  });
});
