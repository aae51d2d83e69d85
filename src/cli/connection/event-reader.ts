/** Server-sent events, read from the body of an answer. */

/** One event. `data` is parsed JSON. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The maximum length of one event. A server that sends a longer one is not ours. */
const eventCharactersMax = 16 * 1024 * 1024;

/** The events of a body, in order. Comments (heartbeats) are left out. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const event = parsed(buffer.slice(0, end));
      buffer = buffer.slice(end + 2);
      if (event !== undefined) yield event;
    }
    if (buffer.length > eventCharactersMax) throw new Error('an event of the server is too long');
  }
}

function parsed(block: string): ServerEvent | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  return data.length === 0 ? undefined : { event, data: JSON.parse(data.join('\n')) as unknown };
}
