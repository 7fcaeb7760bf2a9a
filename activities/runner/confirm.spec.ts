import { describe, expect, it, vi } from 'vitest';
import { jsonLogger } from '../logs/json-logger.js';
import type { Standing } from '../../temporal/standing-of.js';
import { confirmation } from './confirm.js';

/** A confirmation with a clock and a Temporal of the test's. */
function aConfirmation(heartbeatTimeoutMs = 60_000) {
  const clock = { now: 0 };
  const ending = new AbortController();
  const asked: { answer: (standing: Standing) => void; fail: (error: Error) => void }[] = [];
  const lines: string[] = [];
  const beat = vi.fn();
  const confirm = confirmation({
    ask: () =>
      new Promise((answer, fail) => {
        asked.push({ answer, fail });
      }),
    heartbeatTimeoutMs,
    signal: ending.signal,
    end: () => ending.abort(new Error('ended')),
    beat,
    logger: jsonLogger((line) => lines.push(line)),
    attemptId: '@A_Attempt=1',
    clocks: () => [clock.now],
  });
  const question = (at: number) => vi.waitFor(() => expect(asked[at]).toBeDefined()).then(() => asked[at]);
  return { clock, ending, asked, question, lines, beat, confirm };
}

describe('confirmation of an attempt', () => {
  it('asks before the first thing, and then counts on the answer for five seconds', async () => {
    const { asked, question, confirm, clock } = aConfirmation();
    const first = confirm();
    (await question(0))?.answer('open');
    await first;
    clock.now = 4_999;
    await confirm();
    expect(asked).toHaveLength(1);
    clock.now = 5_000;
    const second = confirm();
    (await question(1))?.answer('open');
    await second;
  });

  it('counts on an answer for a third of a short heartbeat timeout only', async () => {
    const { asked, question, confirm, clock } = aConfirmation(3_000);
    const first = confirm();
    (await question(0))?.answer('open');
    await first;
    clock.now = 999;
    await confirm();
    expect(asked).toHaveLength(1);
    clock.now = 1_000;
    const second = confirm();
    (await question(1))?.answer('open');
    await second;
  });

  it('asks again when the answer comes after a standstill', async () => {
    const { asked, question, confirm, clock } = aConfirmation(8_000);
    const first = confirm();
    clock.now = 11_000; // stopped between question and answer
    (await question(0))?.answer('open');
    (await question(1))?.answer('closed');
    await expect(first).rejects.toThrow('ended');
    expect(asked).toHaveLength(2);
  });

  it('takes an answer that is slow, where no heartbeat timeout makes it worthless', async () => {
    const { asked, question, confirm, clock } = aConfirmation(0);
    const first = confirm();
    clock.now = 600_000;
    (await question(0))?.answer('open');
    await first;
    expect(asked).toHaveLength(1);
  });

  it('ends the attempt that Temporal does not know any more', async () => {
    const { question, confirm, ending } = aConfirmation();
    const first = confirm();
    (await question(0))?.answer('closed');
    await expect(first).rejects.toThrow('ended');
    expect(ending.signal.aborted).toBe(true);
    await expect(confirm()).rejects.toThrow('ended');
  });

  it('waits for the end of an attempt that is to be cancelled, having told the SDK', async () => {
    const { question, confirm, ending, beat } = aConfirmation();
    const first = confirm();
    (await question(0))?.answer('ending');
    await vi.waitFor(() => expect(beat).toHaveBeenCalledOnce());
    expect(ending.signal.aborted).toBe(false);
    ending.abort(new Error('cancelled'));
    await expect(first).rejects.toThrow('cancelled');
  });

  it('asks until Temporal can be asked, and says so once', async () => {
    const { question, confirm, lines } = aConfirmation();
    const first = confirm();
    (await question(0))?.fail(new Error('away'));
    (await question(1))?.fail(new Error('away'));
    (await question(2))?.answer('open');
    await first;
    expect(lines.filter((line) => line.includes('waits for Temporal'))).toHaveLength(1);
  });

  it('ends with the attempt while Temporal does not answer', async () => {
    const { question, confirm, ending } = aConfirmation();
    const first = confirm();
    await question(0);
    ending.abort(new Error('timed out'));
    await expect(first).rejects.toThrow('timed out');
  });

  it('puts one question for all who ask at the same time', async () => {
    const { asked, question, confirm } = aConfirmation();
    const all = Promise.all([confirm(), confirm(), confirm()]);
    (await question(0))?.answer('open');
    await all;
    expect(asked).toHaveLength(1);
  });
});
