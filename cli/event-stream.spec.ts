import { describe, expect, it } from 'vitest';
import { eventsOf, type ReceivedEvent } from './event-stream.js';

async function read(text: string, size: number): Promise<ReceivedEvent[]> {
  const bytes = Buffer.from(text);
  const events: ReceivedEvent[] = [];
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
  for await (const event of eventsOf(pieces)) events.push(event);
  return events;
}

describe('a stream of events', () => {
  const text =
    'retry: 1000\n\n:\n\nevent: status\nid: 7\ndata: {"a":"ü"}\n\n:\nid: 9\n\ndata: one\ndata:two\n\nevent: cut\ndata: off';

  it.each([1, 2, 3, 7, 1000])('is read in pieces of %i bytes', async (size) => {
    for (const ends of ['\n', '\r\n', '\r']) {
      expect(await read(text.replaceAll('\n', ends), size)).toEqual([
        { event: 'status', id: '7', data: '{"a":"ü"}' },
        { event: 'message', id: '9' },
        { event: 'message', data: 'one\ntwo' },
      ]);
    }
  });

  it('is refused when an event does not end', async () => {
    await expect(read(`data: ${'x'.repeat(5_000_000)}`, 100_000)).rejects.toThrow('an event is longer than');
  });
});
