/**
 * Reads the announced names once more before a message for an unknown name is refused. On a database with several workers, another worker may
 * have announced the name since this process looked last, so the sender does not decide.
 */
import type { EnginePorts } from '../options.js';
import type { Message } from './message.js';

/** The parts of a worker term that are used here. */
interface Term {
  readonly shared: boolean;
  readonly ended: Error | undefined;
  readonly ports: Pick<EnginePorts, 'store' | 'directory'>;
  end(error: Error): void;
}

export class FreshNames {
  /** Messages for which the names were read. */
  private readonly served = new WeakSet<Message>();
  /** The messages that wait for the next read, and those that wait for the one in progress. */
  private readonly waiting = new Map<Message, () => void>();
  private readonly beingServed = new Set<Message>();
  private reading = false;

  constructor(private readonly term: Term) {}

  /** Returns whether the names are read first. Then `again` is called when the directory has them. */
  waits(message: Message, again: () => void): boolean {
    if (!this.term.shared || this.served.has(message)) return false;
    if (this.waiting.has(message) || this.beingServed.has(message)) return true;
    this.waiting.set(message, again);
    if (!this.reading) void this.read();
    return true;
  }

  /** One read serves all messages that came before it. */
  private async read(): Promise<void> {
    const { term } = this;
    const { store, directory } = term.ports;
    this.reading = true;
    try {
      while (this.waiting.size > 0 && term.ended === undefined) {
        const served = [...this.waiting];
        this.waiting.clear();
        for (const [message] of served) this.beingServed.add(message);
        directory.learn((await store.readHub()).names);
        this.beingServed.clear();
        for (const [message, again] of served) {
          this.served.add(message);
          if (term.ended === undefined) again();
        }
      }
    } catch (error) {
      term.end(error instanceof Error ? error : new Error(String(error)));
    }
    this.reading = false;
  }
}
