/** One event of a stream. */
export interface ReceivedEvent {
  readonly event: string;
  /** Last-Event-ID from here on, where it changes. */
  readonly id?: string;
  /** Absent where only the id changes. */
  readonly data?: string;
}

/** Longest event that is taken: a server that is none of ours might never end one. */
const LONGEST_EVENT = 4 * 1024 * 1024;

/** The events in the bytes of an answer of type text/event-stream. Source: HTML Living Standard, "Server-sent events". */
export async function* eventsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReceivedEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let held = '';
  for await (const chunk of bytes) {
    const text = held + decoder.decode(chunk, { stream: true });
    // A CR at the end may be half of a CRLF.
    held = text.endsWith('\r') ? '\r' : '';
    const lines = text.slice(0, text.length - held.length).replaceAll(/\r\n?/g, '\n');
    const blocks = (rest + lines).split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > LONGEST_EVENT) throw new Error(`an event is longer than ${LONGEST_EVENT} characters`);
    for (const block of blocks) {
      const event = eventOf(block);
      if (event.data !== undefined || event.id !== undefined) yield event;
    }
  }
}

function eventOf(block: string): ReceivedEvent {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  return {
    event,
    ...(id === undefined ? {} : { id }),
    ...(data.length === 0 ? {} : { data: data.join('\n') }),
  };
}
