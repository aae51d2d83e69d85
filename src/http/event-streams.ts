/** Server-sent events: the streams of all readers, at most 32, each with heartbeats, ended with the handler. */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../ports/clock.js';
import type { Answer } from './exchange.js';
import { HttpProblem } from './problem.js';

export const streamsMax = 32;
const heartbeatMs = 15_000;
/** A reader with more unread bytes than this gets no further events until it has read them. */
const unreadBytesMax = 262_144;

/** One reader. */
export interface EventStream {
  /** Sends an event. Returns `false`, and sends nothing, if the reader is too slow or has gone. */
  send(event: string, data: unknown): boolean;
  /** Ends the stream. */
  end(): void;
}

/** Begins to produce the events of a stream. Returns a function that stops it, called once when the reader has gone. */
export type EventSource = (stream: EventStream) => () => void;

export class EventStreams {
  private readonly open = new Set<EventStream>();
  private closed = false;

  constructor(private readonly clock: Clock) {}

  /** The answer that opens a stream. @throws HttpProblem if there are too many */
  answer(source: EventSource): Answer {
    if (this.closed || this.open.size >= streamsMax) {
      throw new HttpProblem(
        'DE_HTTP_TOO_MANY_STREAMS',
        this.closed ? 'The server ends.' : `${streamsMax} readers are connected already.`,
        'Close another page, or read again later.',
      );
    }
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
      take: (response) => this.begin(response, source),
    };
  }

  get size(): number {
    return this.open.size;
  }

  /** Ends all streams. */
  close(): void {
    this.closed = true;
    for (const stream of this.open) stream.end();
  }

  private begin(response: ServerResponse, source: EventSource): void {
    // Requests that came together were all counted before the first of them began.
    if (this.closed || this.open.size >= streamsMax) return void response.end();
    let stop = () => {};
    let heartbeat: Timer | undefined;
    const end = () => {
      if (!this.open.delete(stream)) return;
      heartbeat?.cancel();
      stop();
      response.end();
    };
    const stream: EventStream = {
      send: (event, data) => {
        if (!this.open.has(stream) || response.writableLength > unreadBytesMax) return false;
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        return true;
      },
      end,
    };
    const beat = () => {
      heartbeat = this.clock.setTimer(heartbeatMs, () => {
        if (response.writableLength <= unreadBytesMax) response.write(': alive\n\n');
        beat();
      });
    };
    this.open.add(stream);
    response.on('close', end).on('error', end);
    // The head and a first line reach the reader at once, before there is an event.
    response.write(': open\n\n');
    beat();
    const stopSource = source(stream);
    if (this.open.has(stream)) stop = stopSource;
    else stopSource();
  }
}
