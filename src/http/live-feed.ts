/** Live events for all readers together: one subscription of committed changes, coalesced to four events a second, and one look at the rates. */
import type { FeedChange, FeedInstance, Inspector } from '../hub/inspector.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { EventStream, EventStreams } from './event-streams.js';
import type { Answer } from './exchange.js';
import { isoOf } from './instants.js';
import type { HostStatus } from '../host/index.js';

/** The shortest time between two events of changes. */
const everyMs = 250;
const ratesEveryMs = 1_000;
/** The maximum number of changed instances in one event. */
const changesMax = 1_000;

/** One reader: what it looks at, and what it gets. */
interface Reader {
  readonly stream: EventStream;
  readonly ids: readonly string[];
  /** Receives the changes since the last time. */
  readonly changed: (changes: Changes) => void;
  /** Tells a reader that was too slow what it has missed. */
  readonly catchUp: () => void;
  readonly rates: boolean;
}

interface Changes {
  readonly seq: number;
  readonly atMs: number;
  readonly instances: ReadonlyMap<string, FeedInstance>;
  /** Whether further instances may have changed. */
  readonly more: boolean;
}

export interface LiveParts {
  readonly clock: Clock;
  readonly streams: EventStreams;
  readonly status: (() => HostStatus) | undefined;
}

export class LiveFeed {
  private readonly readers = new Set<Reader>();
  private pending = new Map<string, FeedInstance>();
  private last: { seq: number; atMs: number } | undefined;
  private more = false;
  private flushTimer: Timer | undefined;
  private flushedMs = Number.NEGATIVE_INFINITY;
  private ratesTimer: Timer | undefined;
  private stopFeed: (() => void) | undefined;

  constructor(private readonly parts: LiveParts) {}

  /** A stream of changes and rates. In a process that is not the worker, only changes of `ids` are seen. */
  all(from: Inspector, ids: readonly string[]): Answer {
    return this.parts.streams.answer((stream) => {
      let isBehind = false;
      const changed = ({ seq, atMs, instances, more }: Changes) => {
        const shown = [...instances.values()].map(({ id, kind, name, status, version, deleted }) => ({
          id,
          kind,
          name,
          runtimeStatus: status ?? null,
          version,
          deleted,
        }));
        isBehind = !stream.send('changes', { seq, at: isoOf(atMs), instances: shown, more: more || isBehind });
      };
      const catchUp = () => {
        const { seq, atMs } = this.last ?? { seq: 0, atMs: 0 };
        if (isBehind) changed({ seq, atMs, instances: new Map(), more: true });
      };
      return this.begin(from, { stream, ids, changed, catchUp, rates: true });
    });
  }

  /** A stream of one instance: what `read` gives now and after its changes. */
  follow(from: Inspector, id: string, event: string, read: () => Promise<unknown>): Answer {
    return this.parts.streams.answer((stream) => {
      const newest = new NewestRead(
        read,
        (value) => stream.send(event, value),
        () => stream.end(),
      );
      const changed = ({ instances, more }: Changes) => {
        if (more || instances.has(id)) newest.again();
      };
      const catchUp = () => newest.catchUp();
      const stop = this.begin(from, { stream, ids: [id], changed, catchUp, rates: false });
      newest.again();
      return stop;
    });
  }

  private begin(from: Inspector, reader: Reader): () => void {
    this.readers.add(reader);
    if (this.stopFeed === undefined) {
      const ids = () => [...new Set([...this.readers].flatMap((each) => each.ids))].slice(0, changesMax);
      this.stopFeed = from.feed((change) => this.heard(change), { ids, everyMs });
      this.tick(from);
    }
    return () => {
      this.readers.delete(reader);
      if (this.readers.size === 0) this.stop();
    };
  }

  private stop(): void {
    this.stopFeed?.();
    this.flushTimer?.cancel();
    this.ratesTimer?.cancel();
    this.stopFeed = this.flushTimer = this.ratesTimer = undefined;
    this.pending.clear();
  }

  private heard({ seq, atMs, instances, more }: FeedChange): void {
    for (const instance of instances) {
      if (this.pending.size >= changesMax && !this.pending.has(instance.id)) this.more = true;
      else this.pending.set(instance.id, instance);
    }
    this.more ||= more;
    this.last = { seq, atMs };
    if (this.flushTimer !== undefined) return;
    // Readers receive a change after a pause at once.
    const waitMs = this.flushedMs + everyMs - this.parts.clock.monotonicMs();
    if (waitMs <= 0) this.flush();
    else this.flushTimer = this.parts.clock.setTimer(Math.ceil(waitMs), () => this.flush());
  }

  private flush(): void {
    this.flushTimer = undefined;
    if (this.last === undefined) return;
    this.flushedMs = this.parts.clock.monotonicMs();
    const changes = { ...this.last, instances: this.pending, more: this.more };
    this.pending = new Map();
    this.more = false;
    for (const { changed } of this.readers) changed(changes);
  }

  /** Sends the rates once a second, and ends all streams with the host. */
  private tick(from: Inspector): void {
    this.ratesTimer = this.parts.clock.setTimer(ratesEveryMs, () => {
      void this.rates(from).then(() => {
        if (this.stopFeed !== undefined) this.tick(from);
      });
    });
  }

  private async rates(from: Inspector): Promise<void> {
    const role = this.parts.status?.().role;
    if (role === 'stopped' || role === 'failed') return this.endAll();
    for (const { catchUp } of this.readers) catchUp();
    if (![...this.readers].some((reader) => reader.rates)) return;
    try {
      const figures = await from.statistics();
      const recent = figures?.recent.map(({ fromMs, ...counts }) => ({ from: isoOf(fromMs), ...counts })) ?? [];
      const event = { role: role ?? null, everyMs: figures?.everyMs ?? null, recent, now: figures?.now ?? null };
      for (const { stream, rates } of this.readers) if (rates) stream.send('rates', event);
    } catch {
      // The host or client has ended.
      this.endAll();
    }
  }

  private endAll(): void {
    for (const { stream } of this.readers) stream.end();
  }
}

/** Reads again after each change, one read at a time, and passes the newest value on. */
class NewestRead {
  private isReading = false;
  private isStale = false;
  private isBehind = false;
  private lastText: string | undefined;

  constructor(
    private readonly read: () => Promise<unknown>,
    private readonly send: (value: unknown) => boolean,
    private readonly fail: () => void,
  ) {}

  again(): void {
    this.isStale = true;
    if (!this.isReading) void this.run();
  }

  catchUp(): void {
    if (this.isBehind) this.again();
  }

  private async run(): Promise<void> {
    this.isReading = true;
    try {
      while (this.isStale) {
        this.isStale = false;
        const value = await this.read();
        const text = JSON.stringify(value);
        // A slow reader gets this value later, or a newer one.
        this.isBehind = text !== this.lastText && !this.send(value);
        if (!this.isBehind) this.lastText = text;
      }
    } catch {
      this.fail();
    } finally {
      this.isReading = false;
    }
  }
}
