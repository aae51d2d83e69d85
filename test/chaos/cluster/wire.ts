/** The network between one process and the server, which does to its packets what a cycle says. */
import { Proxy } from '../../servers/proxy.js';

export type Holdable = 'request' | 'reply' | 'join';

type Cut = () => void;

/** Finds out what a packet is. `cut` is one function per connection. */
export interface CommitFinder {
  /** A commit, or a statement in the middle of a join. */
  ofRequest(data: Buffer, cut: Cut): 'commit' | 'join' | undefined;
  ofReply(data: Buffer, cut: Cut): void;
}

/** Statements whose requests contain a text. */
export class FoundByText implements CommitFinder {
  constructor(
    private readonly commit: string,
    private readonly join: string,
  ) {}

  ofRequest(data: Buffer): 'commit' | 'join' | undefined {
    if (data.includes(this.commit, 0, 'latin1')) return 'commit';
    return data.includes(this.join, 0, 'latin1') ? 'join' : undefined;
  }

  ofReply(): void {}
}

/** Commands of the protocol of MySQL: a statement is prepared once, and then known by the number that the server gave it. */
const [prepare, execute] = [0x16, 0x17];

/** Statements that are executed by their numbers, after they were prepared by their texts. */
export class FoundByStatement implements CommitFinder {
  private readonly preparing = new WeakMap<Cut, 'commit' | 'join'>();
  private readonly known = new WeakMap<Cut, Map<number, 'commit' | 'join'>>();

  constructor(
    private readonly commit: string,
    private readonly join: string,
  ) {}

  ofRequest(data: Buffer, cut: Cut): 'commit' | 'join' | undefined {
    if (data[4] === execute && data.length >= 9) return this.known.get(cut)?.get(data.readUInt32LE(5));
    if (data[4] === prepare) {
      if (data.includes(this.commit, 0, 'latin1')) this.preparing.set(cut, 'commit');
      else if (data.includes(this.join, 0, 'latin1')) this.preparing.set(cut, 'join');
    }
    return undefined;
  }

  ofReply(data: Buffer, cut: Cut): void {
    const kind = this.preparing.get(cut);
    this.preparing.delete(cut);
    if (kind === undefined || data[4] !== 0 || data.length < 9) return;
    const known = this.known.get(cut) ?? new Map<number, 'commit' | 'join'>();
    this.known.set(cut, known.set(data.readUInt32LE(5), kind));
  }
}

export class Wire {
  /** Connections whose commit is on its way or on the server. */
  private readonly committing = new WeakSet<Cut>();
  private readonly joining = new WeakSet<Cut>();
  /** Packets that are late, by connection. */
  private readonly requests = new WeakMap<Cut, Lane>();
  private readonly replies = new WeakMap<Cut, Lane>();
  private isDeaf = false;
  private isClosed = false;
  private delayMs: (() => number) | undefined;
  private wanted: { readonly what: Holdable; readonly found: (held: Held) => void } | undefined;
  private held: Held | undefined;

  private constructor(
    private readonly proxy: Proxy,
    private readonly finder: CommitFinder,
  ) {
    proxy.onRequest = (data, cut, pass) => this.request(data, cut, pass);
    proxy.onReply = (data, cut, pass) => this.reply(data, cut, pass);
  }

  static async before(url: string, finder: CommitFinder): Promise<Wire> {
    return new Wire(await Proxy.before(url), finder);
  }

  get url(): string {
    return this.proxy.url;
  }

  /** Ends every connection. */
  cut(): void {
    this.proxy.cut();
  }

  /** Ends every connection, and every new one, until it is mended. */
  unplug(): void {
    this.isClosed = true;
    this.proxy.cut();
  }

  /** Loses everything from now on, and nobody is told, until it is mended. */
  lose(): void {
    this.isDeaf = true;
  }

  /** Each packet takes so long from now on, until it is mended. */
  delay(ms: () => number): void {
    this.delayMs = ms;
  }

  /** New connections are good. Those that lost something end. */
  mend(): void {
    const hasLost = this.isDeaf || this.isClosed;
    this.isDeaf = false;
    this.isClosed = false;
    this.delayMs = undefined;
    if (hasLost) this.proxy.cut();
  }

  /**
   * Resolves when the next commit, the answer to it, or the answer in the middle of a transaction in which a worker joins stands still on the
   * wire. Later bytes of the connection wait behind it.
   */
  hold(what: Holdable): Promise<Held> {
    return new Promise((found) => {
      this.wanted = { what, found };
    });
  }

  /** Nothing is held any more that was not found yet. */
  holdNothing(): void {
    this.wanted = undefined;
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }

  private request(data: Buffer, cut: Cut, pass: (data: Buffer) => void): boolean {
    if (this.isClosed) {
      cut();
      return false;
    }
    if (this.isDeaf) return false;
    const found = this.finder.ofRequest(data, cut);
    const isCommit = found === 'commit';
    if (isCommit) this.committing.add(cut);
    if (found === 'join') this.joining.add(cut);
    if (isCommit && this.wanted?.what === 'request') this.found(new Held(cut));
    if (this.held?.keeps(cut, () => pass(data)) === true) return false;
    return this.sendLater(laneOf(this.requests, cut), () => pass(data));
  }

  private reply(data: Buffer, cut: Cut, pass: (data: Buffer) => void): boolean {
    if (this.isClosed || this.isDeaf) return false;
    this.finder.ofReply(data, cut);
    const isOfCommit = this.committing.delete(cut);
    const isOfJoin = this.joining.delete(cut);
    if ((isOfCommit && this.wanted?.what === 'reply') || (isOfJoin && this.wanted?.what === 'join'))
      this.found(new Held(cut));
    if (this.held?.keeps(cut, () => pass(data)) === true) return false;
    return this.sendLater(laneOf(this.replies, cut), () => pass(data));
  }

  private found(held: Held): void {
    this.held = held;
    this.wanted?.found(held);
    this.wanted = undefined;
  }

  /** Packets of one connection keep their order. */
  private sendLater(lane: Lane, pass: () => void): boolean {
    if (this.delayMs === undefined && lane.waiting.length === 0) return true;
    lane.waiting.push(pass);
    lane.dueMs = Math.max(lane.dueMs, performance.now() + (this.delayMs?.() ?? 0));
    setTimeout(() => lane.waiting.shift()?.(), lane.dueMs - performance.now());
    return false;
  }
}

interface Lane {
  readonly waiting: (() => void)[];
  dueMs: number;
}

function laneOf(lanes: WeakMap<Cut, Lane>, cut: Cut): Lane {
  const lane = lanes.get(cut) ?? { waiting: [], dueMs: 0 };
  lanes.set(cut, lane);
  return lane;
}

/** A packet that stands still, and those of its connection that came later. */
export class Held {
  private readonly waiting: (() => void)[] = [];
  private isOver = false;

  constructor(private readonly cut: Cut) {}

  keeps(cut: Cut, pass: () => void): boolean {
    if (this.isOver || cut !== this.cut) return false;
    this.waiting.push(pass);
    return true;
  }

  release(): void {
    this.isOver = true;
    for (const pass of this.waiting.splice(0)) pass();
  }

  /** Loses it, and ends its connection. */
  drop(): void {
    this.isOver = true;
    this.waiting.length = 0;
    this.cut();
  }
}
